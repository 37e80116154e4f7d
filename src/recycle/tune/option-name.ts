/** `maxLength` → `--max-length`: a recipe's field as an option of the command. */
export const optionOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
