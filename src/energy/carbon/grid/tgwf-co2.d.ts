/** The two tables of `@tgwf/co2` that frugal reads; the package ships no types. */
declare module "@tgwf/co2/data" {
  interface YearTable {
    readonly data: Readonly<
      Record<
        string,
        {
          readonly zone: { readonly zoneName: string; readonly countryName?: string };
          /** gCO2eq/kWh. */
          readonly carbonIntensity: { readonly value: number };
        }
      >
    >;
  }
  /** Countries by three letters and some groups of countries; 0 stands for a gap. */
  export const averageIntensity: { readonly data: Readonly<Record<string, number>> };
  /** Keys are `yearly2021` … `yearly2025`. */
  export const electricityMaps: Readonly<Record<string, YearTable>>;
}
