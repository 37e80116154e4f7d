/**
 * Cloud regions of three providers: region | place as the provider names it | grid zone, second grid | PUE.
 *
 * Places come from the providers' own region lists (`regionsSource`). Zones are the grid that serves the place, in
 * the keys of Electricity Maps; all were compared with its own list of data centres (electricitymaps-contrib,
 * config/data_centers, 2026-08). Two zones stand where sources differ or several utilities serve the place: then both
 * are counted. `US` stands where the provider names no closer place. PUE is only what the provider publishes per
 * region (`pueSource`), as collected by the Green Software Foundation (Real Time Cloud 1.1, 2026-03); design values
 * of regions that do not run yet are left out.
 */
export type CloudProvider = "aws" | "gcp" | "azure";

export interface CloudTable {
  readonly name: string;
  readonly regionsSource: string;
  readonly pueSource: string;
  readonly pueYear: number;
  readonly rows: string;
}

/** When the table was last compared with its sources. */
export const CLOUD_REGIONS_CHECKED = "2026-11";

export const CLOUD_TABLES: Readonly<Record<CloudProvider, CloudTable>> = {
  aws: {
    name: "Amazon Web Services",
    regionsSource: "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html",
    pueSource: "https://sustainability.aboutamazon.com/products-services/aws-cloud",
    pueYear: 2024,
    rows: `
af-south-1 | Cape Town | ZA | 1.24
ap-east-1 | Hong Kong | HK
ap-east-2 | Taipei | TW
ap-northeast-1 | Tokyo | JP-TK | 1.27
ap-northeast-2 | Seoul | KR
ap-northeast-3 | Osaka | JP-KN
ap-south-1 | Mumbai | IN-WE | 1.42
ap-south-2 | Hyderabad | IN-SO | 1.46
ap-southeast-1 | Singapore | SG | 1.32
ap-southeast-2 | Sydney | AU-NSW | 1.16
ap-southeast-3 | Jakarta | ID | 1.40
ap-southeast-4 | Melbourne | AU-VIC | 1.07
ap-southeast-5 | Malaysia | MY-WM
ap-southeast-6 | New Zealand | NZ
ap-southeast-7 | Thailand | TH
ca-central-1 | Montreal | CA-QC | 1.19
ca-west-1 | Calgary | CA-AB | 1.17
cn-north-1 | Beijing | CN
cn-northwest-1 | Ningxia | CN | 1.25
eu-central-1 | Frankfurt | DE | 1.35
eu-central-2 | Zurich | CH
eu-north-1 | Stockholm | SE-SE3 | 1.10
eu-south-1 | Milan | IT-NO
eu-south-2 | Spain | ES | 1.09
eu-west-1 | Ireland | IE | 1.11
eu-west-2 | London | GB
eu-west-3 | Paris | FR
eusc-de-east-1 | Brandenburg | DE
il-central-1 | Tel Aviv | IL
me-central-1 | United Arab Emirates | AE | 1.27
me-south-1 | Bahrain | BH | 1.33
mx-central-1 | Querétaro | MX
sa-east-1 | São Paulo | BR-CS | 1.17
us-east-1 | Northern Virginia | US-MIDA-PJM | 1.15
us-east-2 | Ohio | US-MIDA-PJM | 1.13
us-gov-east-1 | eastern United States | US
us-gov-west-1 | western United States | US
us-west-1 | Northern California | US-CAL-CISO | 1.18
us-west-2 | Oregon | US-NW-BPAT,US-NW-PACW | 1.12
`,
  },
  gcp: {
    name: "Google Cloud",
    regionsSource: "https://cloud.google.com/compute/docs/regions-zones",
    pueSource: "https://datacenters.google/efficiency/",
    pueYear: 2023,
    rows: `
africa-south1 | Johannesburg | ZA
asia-east1 | Changhua County, Taiwan | TW | 1.12
asia-east2 | Hong Kong | HK
asia-northeast1 | Tokyo | JP-TK
asia-northeast2 | Osaka | JP-KN
asia-northeast3 | Seoul | KR
asia-south1 | Mumbai | IN-WE
asia-south2 | Delhi | IN-NO
asia-southeast1 | Jurong West, Singapore | SG | 1.16
asia-southeast2 | Jakarta | ID
asia-southeast3 | Bangkok | TH
australia-southeast1 | Sydney | AU-NSW
australia-southeast2 | Melbourne | AU-VIC
europe-central2 | Warsaw | PL
europe-north1 | Hamina, Finland | FI | 1.09
europe-north2 | Stockholm | SE-SE3
europe-southwest1 | Madrid | ES
europe-west1 | St. Ghislain, Belgium | BE | 1.09
europe-west10 | Berlin | DE
europe-west12 | Turin | IT-NO
europe-west2 | London | GB
europe-west3 | Frankfurt | DE
europe-west4 | Eemshaven, Netherlands | NL | 1.07
europe-west6 | Zurich | CH
europe-west8 | Milan | IT-NO
europe-west9 | Paris | FR
me-central1 | Doha | QA
me-central2 | Dammam | SA
me-west1 | Tel Aviv | IL
northamerica-northeast1 | Montréal | CA-QC
northamerica-northeast2 | Toronto | CA-ON
northamerica-south1 | Querétaro | MX
southamerica-east1 | Osasco, São Paulo | BR-CS
southamerica-west1 | Santiago | CL-SEN | 1.12
us-central1 | Council Bluffs, Iowa | US-MIDW-MISO,US-CENT-SWPP | 1.10
us-east1 | Moncks Corner, South Carolina | US-CAR-SC,US-CAR-SCEG | 1.10
us-east4 | Ashburn, Virginia | US-MIDA-PJM | 1.09
us-east5 | Columbus, Ohio | US-MIDA-PJM | 1.09
us-south1 | Dallas | US-TEX-ERCO | 1.12
us-west1 | The Dalles, Oregon | US-NW-BPAT,US-NW-PACW | 1.07
us-west2 | Los Angeles | US-CAL-CISO,US-CAL-LDWP
us-west3 | Salt Lake City | US-NW-PACE
us-west4 | Las Vegas | US-NW-NEVP | 1.08
`,
  },
  azure: {
    name: "Microsoft Azure",
    regionsSource: "https://learn.microsoft.com/azure/reliability/regions-list",
    pueSource: "https://datacenters.microsoft.com/sustainability/efficiency/",
    pueYear: 2023,
    rows: `
australiacentral | Canberra | AU-NSW
australiacentral2 | Canberra | AU-NSW
australiaeast | New South Wales | AU-NSW
australiasoutheast | Victoria | AU-VIC
austriaeast | Vienna | AT
belgiumcentral | Brussels | BE
brazilsouth | São Paulo State | BR-CS
brazilsoutheast | Rio de Janeiro | BR-CS
canadacentral | Toronto | CA-ON
canadaeast | Quebec | CA-QC
centralindia | Pune | IN-WE
centralus | Iowa | US-MIDW-MISO | 1.16
chilecentral | Santiago | CL-SEN
chinaeast | Shanghai | CN
chinaeast2 | Shanghai | CN
chinanorth | Beijing | CN
chinanorth2 | Beijing | CN
chinanorth3 | Hebei | CN
denmarkeast | Copenhagen | DK-DK2
eastasia | Hong Kong | HK
eastus | Virginia | US-MIDA-PJM | 1.14
eastus2 | Virginia | US-MIDA-PJM | 1.14
francecentral | Paris | FR
francesouth | Marseille | FR
germanynorth | Berlin | DE
germanywestcentral | Frankfurt | DE
indonesiacentral | Jakarta | ID
israelcentral | Israel | IL
italynorth | Milan | IT-NO
japaneast | Tokyo, Saitama | JP-TK
japanwest | Osaka | JP-KN
jioindiacentral | Nagpur | IN-WE
jioindiawest | Jamnagar | IN-WE
koreacentral | Seoul | KR
koreasouth | Busan | KR
malaysiawest | Kuala Lumpur | MY-WM
mexicocentral | Querétaro State | MX
newzealandnorth | Auckland | NZ
northcentralus | Illinois | US-MIDA-PJM,US-MIDW-MISO | 1.35
northeurope | Ireland | IE | 1.19
norwayeast | Norway | NO
norwaywest | Norway | NO
polandcentral | Warsaw | PL
qatarcentral | Doha | QA
southafricanorth | Johannesburg | ZA
southafricawest | Cape Town | ZA
southcentralus | Texas | US-TEX-ERCO | 1.28
southeastasia | Singapore | SG | 1.34
southindia | Chennai | IN-SO
spaincentral | Madrid | ES
swedencentral | Gävle | SE-SE3 | 1.16
swedensouth | Sweden | SE
switzerlandnorth | Zurich | CH
switzerlandwest | Geneva | CH
uaecentral | Abu Dhabi | AE
uaenorth | Dubai | AE
uksouth | London | GB
ukwest | Cardiff | GB
usgovarizona | Arizona | US-SW-AZPS,US-SW-SRP
usgovtexas | Texas | US-TEX-ERCO
usgovvirginia | Virginia | US-MIDA-PJM
westcentralus | Wyoming | US-NW-WACM,US-NW-PACE | 1.11
westeurope | Netherlands | NL | 1.14
westindia | Mumbai | IN-WE
westus | California | US-CAL-CISO
westus2 | Washington | US-NW-BPAT,US-NW-GCPD | 1.15
westus3 | Phoenix | US-SW-AZPS,US-SW-SRP | 1.18
`,
  },
};
