/**
 * Published carbon footprints of hardware: id | name as in the report | kgCO2e over the whole life | share of use |
 * years of life that the report assumes (- where it says none) | date of the report | report. Embodied is what
 * remains without use.
 *
 * Makers' product carbon footprints as collected by Boavizta (environmental-footprint-data, 2023-02: ODbL 1.0,
 * contents DbCL 1.0); HGX H100 from NVIDIA's own summary, cradle to gate. A server's footprint is that of the
 * configuration that the maker chose, often with little memory: one with more embodies more.
 */
export const EMBODIED_DEVICES = `
apple-mac-mini-m2 | Mac mini M2 256GB | 112 | 0.36 | 3.5 | 2023-01 | https://www.apple.com/environment/pdf/products/desktops/Mac_mini_PER_Jan2023.pdf
apple-mac-studio-m1-max | Mac Studio M1 Max 512GB | 262 | 0.34 | 3.5 | 2022-03 | https://www.apple.com/environment/pdf/products/desktops/Mac_Studio_PER_March2022.pdf
apple-macbook-air-m1 | MacBook Air M1 256GB | 161 | 0.15 | 3.5 | 2020-11 | https://www.apple.com/environment/pdf/products/notebooks/13-inch_MacBookAir_PER_Nov2020.pdf
apple-macbook-air-m2 | MacBook Air M2 256GB | 147 | 0.22 | 3.5 | 2022-06 | https://www.apple.com/environment/pdf/products/notebooks/M2_MacBook_Air_PER_June2022.pdf
apple-macbook-pro-14-2023 | MacBook Pro 14-inch 2023 | 243 | 0.20 | 3.5 | 2023-01 | https://www.apple.com/environment/pdf/products/notebooks/14-inch_MacBook_Pro_PER_Jan2023.pdf
apple-macbook-pro-16-2023 | MacBook Pro 16-inch 2023 | 300 | 0.25 | 3.5 | 2023-01 | https://www.apple.com/environment/pdf/products/notebooks/16-inch_MacBook_Pro_PER_Jan2023.pdf
dell-latitude-5420 | Latitude 5420 | 364 | 0.122 | 4 | 2021-01 | https://www.delltechnologies.com/asset/en-us/products/laptops-and-2-in-1s/technical-support/latitude-5420-pcf-datasheet.pdf
dell-optiplex-7090-tower | OptiPlex 7090 Tower | 454 | 0.467 | 4 | 2021-04 | https://www.delltechnologies.com/asset/en-us/products/desktops-and-all-in-ones/technical-support/optiplex-7090-tower-pcf-datasheet.pdf
dell-poweredge-c4140 | PowerEdge C4140 | 6800 | 0.808 | 4 | 2019-02 | https://i.dell.com/sites/csdocuments/CorpComm_Docs/en/carbon-footprint-poweredge-c4140.pdf
dell-poweredge-r640 | PowerEdge R640 | 7730 | 0.830 | 4 | 2019-01 | https://i.dell.com/sites/csdocuments/CorpComm_Docs/en/carbon-footprint-poweredge-r640.pdf
dell-poweredge-r6515 | PowerEdge R6515 | 8160 | 0.92 | 4 | 2021-01 | https://corporate.delltechnologies.com/asset/en-gb/products/servers/technical-support/poweredge-r6515.pdf
dell-poweredge-r740 | PowerEdge R740 | 8640 | 0.843 | 4 | 2019-01 | https://i.dell.com/sites/csdocuments/CorpComm_Docs/en/carbon-footprint-poweredge-r740.pdf
dell-poweredge-r7515 | PowerEdge R7515 | 8990 | 0.91 | 4 | 2021-01 | https://corporate.delltechnologies.com/asset/en-gb/products/servers/technical-support/poweredge-r7515.pdf
dell-precision-3660-tower | Precision 3660 Tower | 608 | 0.481 | 4 | 2022-03 | https://www.delltechnologies.com/asset/en-us/products/desktops-and-all-in-ones/technical-support/dell-precision-3660-tower-pcf-datasheet.pdf
dell-xps-13-9310 | XPS 13 9310 | 322 | 0.139 | 4 | 2021-01 | https://www.delltechnologies.com/asset/en-us/products/laptops-and-2-in-1s/technical-support/xps-13-9310.pdf
hpe-proliant-dl345-gen10-plus | ProLiant DL345 Gen10 Plus | 8370 | 0.694 | 4 | 2021 | https://www.hpe.com/psnow/doc/a50005151enw
hpe-proliant-dl380-gen10 | ProLiant DL380 Gen10 | 4780 | 0.883 | 4 | 2021 | https://www.hpe.com/psnow/doc/a50004545enw
lenovo-thinksystem-sr635 | ThinkSystem SR635 | 6267 | 0.70 | 3 | 2019-08 | https://static.lenovo.com/ww/docs/regulatory/pcf-thinksystem-sr635.pdf
lenovo-thinksystem-sr665 | ThinkSystem SR665 | 13737 | 0.33 | 3 | 2020-06 | https://static.lenovo.com/ww/docs/regulatory/eco-declaration/pcf-thinksystem-sr665.pdf
nvidia-hgx-h100 | HGX H100 baseboard, 8 GPUs, without the server around it | 1312 | 0 | - | 2025 | https://images.nvidia.com/aem-dam/Solutions/documents/HGX-H100-PCF-Summary.pdf
`;
