import { FrugalError, messageOf } from "../core/error.ts";

/** Both engines decode with sharp, so both take the same formats. */
export const unreadableImage = (cause: unknown): FrugalError =>
  new FrugalError({
    code: "unsupported-input",
    what: "an image cannot be read",
    why: messageOf(cause),
    remedy: "give a whole PNG, JPEG, WebP, GIF, AVIF or TIFF file",
    cause,
  });
