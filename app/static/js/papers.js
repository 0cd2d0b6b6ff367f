// A page with boxes for papers and nothing else to type.

import { keepUploads } from "./uploads.js";

const line = document.getElementById("save-state");
keepUploads(document.getElementById("words").dataset, (text) => { line.textContent = text; });
