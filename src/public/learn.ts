/** `frugal/learn`: what classifiers are made of. `frugal/reuse` puts it together. */
export {
  denseMatrix,
  type FeatureMatrix,
  type SparseMatrix,
  sparseMatrix,
} from "../learn/feature-matrix.ts";
export { type Classes, classesOf, type LabelledText } from "../learn/labelled-text.ts";
export {
  classProbabilities,
  fitLogistic,
  type LogisticFit,
  type LogisticModel,
  type LogisticOptions,
} from "../learn/logistic-regression.ts";
export { type PartSize, type SplitOptions, stratifiedSplit } from "../learn/stratified-split.ts";
export { fitTfidf, type TfidfModel, type TfidfOptions, tfidfRows } from "../learn/tfidf.ts";
export { tokenizeWords } from "../learn/tokenize-words.ts";
