/** What a command costs before it does anything: the help text against a Node that does nothing. */
import { join } from "node:path";
import { FRUGAL, processMs } from "./process-time.mjs";

export const comparisons = [
  {
    name: "start-up",
    question: "How much longer does `frugal --help` take than `node -e 0`?",
    unit: "ms",
    /** Felt as immediate (Miller 1968, doi:10.1145/1476589.1476628: 100 ms), with half of it left for Node. */
    target: 50,
    a: { label: "frugal --help", measure: () => processMs([FRUGAL, "--help"], { prints: true }) },
    b: { label: "node -e 0", measure: () => processMs(["-e", "0"]) },
  },
  {
    name: "start-up without commander",
    question: "Of that, how much is ours and not the parser's?",
    unit: "ms",
    a: { label: "frugal --help", measure: () => processMs([FRUGAL, "--help"], { prints: true }) },
    b: {
      label: "import commander",
      measure: () => processMs([join(import.meta.dirname, "import-commander.mjs")]),
    },
  },
];
