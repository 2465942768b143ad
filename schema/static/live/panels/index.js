// What the page shows. A panel is a class: it is made with what it may use (`follow`, `ask`), has an `element`, and lets
// go of everything in `end()`. Another one is a module beside these, and a name in this list.

import { Board } from "./board.js";
import { Deliveries } from "./deliveries.js";
import { Objectives } from "./objectives.js";
import { Stream } from "./stream.js";

export const PANELS = [Board, Objectives, Deliveries, Stream];
