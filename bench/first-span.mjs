// What a program pays before its own work begins: the library and one span.
import { meter } from "../dist/public/energy.js";

await meter.span("first", () => undefined);
