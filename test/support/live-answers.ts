/**
 * Answers in the documented shapes, written by hand: Electricity Maps API v3 (developer-hub/api/reference) and the
 * Carbon Intensity API of NESO (carbon-intensity.github.io/api-definitions). The figures are invented.
 */
const hour = (datetime: string, carbonIntensity: number | null, isEstimated = false): object => ({
  zone: "DE",
  carbonIntensity,
  datetime,
  updatedAt: "2026-01-01T00:10:00.000Z",
  createdAt: "2025-12-29T00:47:12.492Z",
  emissionFactorType: "lifecycle",
  isEstimated,
  estimationMethod: isEstimated ? "TIME_SLICER_AVERAGE" : null,
});

export const EM_LATEST = { ...hour("2026-01-01T00:00:00.000Z", 310, true), temporalGranularity: "hourly" };

export const EM_HISTORY = {
  zone: "DE",
  history: [
    hour("2025-12-31T21:00:00.000Z", 400),
    hour("2025-12-31T22:00:00.000Z", 200),
    hour("2025-12-31T23:00:00.000Z", null),
    hour("2026-01-01T00:00:00.000Z", 300, true),
  ],
};

export const EM_PAST_RANGE = {
  zone: "DE",
  data: [hour("2025-06-01T10:00:00.000Z", 100), hour("2025-06-01T11:00:00.000Z", 140)],
};

export const EM_FORECAST = {
  zone: "DE",
  forecast: [
    { carbonIntensity: 90, datetime: "2026-01-01T02:00:00.000Z" },
    { carbonIntensity: 80, datetime: "2026-01-01T03:00:00.000Z" },
  ],
  updatedAt: "2026-01-01T00:10:00.000Z",
};

const halfHour = (from: string, to: string, forecast: number, actual: number | null): object => ({
  from,
  to,
  intensity: { forecast, actual, index: "moderate" },
});

export const UK_RANGE = {
  data: [
    // The API also returns the period that ends at the asked start.
    halfHour("2025-12-31T21:30Z", "2025-12-31T22:00Z", 500, 500),
    halfHour("2025-12-31T22:00Z", "2025-12-31T22:30Z", 180, 160),
    halfHour("2025-12-31T22:30Z", "2025-12-31T23:00Z", 190, null),
  ],
};
