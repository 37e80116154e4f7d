/** `frugal/report`: choices and receipts as text and as a page. Pure: they return a string and touch nothing. */
export type { Receipt } from "../receipt/receipt.ts";
export { choicePage } from "../report/choice-page.ts";
export { choiceText } from "../report/choice-text.ts";
export { receiptLine } from "../report/receipt-line.ts";
export type {
  ChoiceCandidate,
  ChoiceCarbon,
  ChoiceData,
  ChoiceEnergy,
  ChoiceFloor,
  ChoiceHardware,
  ChoiceItem,
  ChoiceQuality,
  ChoiceReport,
  ConfusionFigure,
  Metric,
  PublishedFigure,
  RelativeEnergy,
} from "../score/choice-report.ts";
export { CHOICE_SCHEMA } from "../score/choice-report.ts";
