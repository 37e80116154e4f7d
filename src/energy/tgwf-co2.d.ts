/** The two tables of `@tgwf/co2` that frugal reads; the package ships no types. */
declare module "@tgwf/co2/data" {
  interface YearTable {
    readonly data: Readonly<
      Record<
        string,
        {
          readonly zone: { readonly zoneName: string; readonly countryName?: string };
          readonly carbonIntensity: { readonly value: number };
        }
      >
    >;
  }
  export const averageIntensity: { readonly data: Readonly<Record<string, number>> };
  export const electricityMaps: Readonly<Record<string, YearTable>>;
}
