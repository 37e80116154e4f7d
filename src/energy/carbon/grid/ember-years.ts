/**
 * Which year each of Ember's figures in @tgwf/co2 0.19.0 is of. The package leaves the years out; its repository has
 * them (thegreenwebfoundation/co2.js 0.19.0, data/output/average-intensities.json; data: Ember, CC BY-SA 4.0).
 */
const IN_2022 =
  "ABW BHS CPV CAF TCD COK FLK FRO GUF PYF GRL GRD GLP GUM GNB HTI JAM JOR KIR LSO MAC MDG MWI MTQ MRT MSR NPL NCL PRK PSE REU KNA LCA SPM STP LKA SYR UGA UKR";
const IN_2023 =
  "AFG ALB DZA ASM AGO ATG BHR BRB BLZ BEN BTN BWA BRN BFA BDI CMR CYM COM COG COD CIV CUB DJI DMA GNQ ERI SWZ ETH FJI GAB GMB GHA GTM GIN GUY HND HKG ISL IDN IRQ ISR LAO LBN LBR LBY MDV MLI MUS MOZ NAM NRU NIC NER PAN PNG PRY RWA VCT WSM SEN SYC SLE SLB SOM SSD SDN SUR TZA TGO TON TTO TKM TCA UZB VUT VEN VGB VIR YEM ZMB ZWE";

const YEARS: ReadonlyMap<string, number> = new Map([
  ...IN_2022.split(" ").map((code) => [code, 2022] as const),
  ...IN_2023.split(" ").map((code) => [code, 2023] as const),
]);

/** @param code as in Ember's table: three letters of ISO 3166-1, or a group of countries. */
export const emberYear = (code: string): number => YEARS.get(code) ?? 2024;
