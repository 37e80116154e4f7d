/** Set for a process that is started under a meter, to that meter's process id: its own meter counts the same energy. */
export const METERED_BY = "FRUGAL_METERED_BY";
