/** Why a comparison cannot be made here: told, not passed over. */
export class Unavailable extends Error {}
