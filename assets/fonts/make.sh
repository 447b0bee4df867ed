#!/bin/sh
# Makes the two fonts of the product from their sources; see FONTS.md.
# Needs node, npm and bzip2, and Unihan_OtherMappings.txt(.bz2)
# of Unicode 13 or later (Debian: package unicode-data, in /usr/share/unicode).
#
#   ./make.sh /usr/share/unicode/Unihan_OtherMappings.txt.bz2
set -eu
here=$(cd "$(dirname "$0")" && pwd)
unihan=${1:?path of Unihan_OtherMappings.txt or .txt.bz2}
case $unihan in /*) ;; *) unihan=$PWD/$unihan ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --silent @expo-google-fonts/noto-sans-sc@0.4.3 subset-font@2.9.0

case $unihan in *.bz2) bzcat "$unihan" ;; *) cat "$unihan" ;; esac > unihan.txt
UNIHAN=unihan.txt SIGNS="$here/signs.txt" node > characters.txt <<'JS'
const fs = require("fs");
const wanted = new Set();
// Every character of the table (kTGH), 8,105 of them, or the make fails.
for (const line of fs.readFileSync(process.env.UNIHAN, "utf8").split("\n")) {
  const [code, field] = line.split("\t");
  if (code.startsWith("U+") && field === "kTGH") wanted.add(parseInt(code.slice(2), 16));
}
if (wanted.size !== 8105) throw new Error(`the table has ${wanted.size} characters, not 8105`);
const range = (from, to) => { for (let c = from; c <= to; c++) wanted.add(c); };
range(0x20, 0x7e);     // Latin
range(0xa0, 0x17f);    // Latin of Europe: names of foreign customers
range(0x2000, 0x206f); // general punctuation: dashes, quotes, ellipsis
range(0x3000, 0x303f); // punctuation of Chinese
range(0xff01, 0xff5e); // full-width forms
range(0xffe0, 0xffe6); // full-width money signs
range(0x2460, 0x2473); // ① to ⑳
for (const c of fs.readFileSync(process.env.SIGNS, "utf8")) if (c > " ") wanted.add(c.codePointAt(0));
process.stdout.write([...wanted].sort((a, b) => a - b).map(c => String.fromCodePoint(c)).join(""));
JS

fonts=node_modules/@expo-google-fonts/noto-sans-sc
for pair in 400Regular:Regular 700Bold:Bold; do
  from=${pair%%:*} to=${pair##*:}
  node "$here/subset.mjs" "$fonts/$from/NotoSansSC_$from.ttf" characters.txt "$here/NotoSansSC-$to.ttf"
done
cp "$fonts/LICENSE_FONT" "$here/OFL.txt"
ls -l "$here"
