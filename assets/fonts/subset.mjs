// Cuts one static TTF down to the characters in a file. Called by make.sh:
//   node subset.mjs source.ttf characters.txt target.ttf
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

// The package is installed in the working folder, not beside this file.
const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const subsetFont = require("subset-font");

const [source, characters, target] = process.argv.slice(2);
const text = await readFile(characters, "utf8");
await writeFile(target, await subsetFont(await readFile(source), text, { targetFormat: "sfnt", noLayoutClosure: true }));
