"""The style sheet of the page, for wide and narrow screens, light and dark mode, and paper."""

STYLE = """
:root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1c2330; --soft: #596273; --line: #dde1e8;
  --track: #e4e8ee; --neutral: #7b8698; --streaming: #2468c8; --disc: #12806f; --dvd: #c05a12; --blu-ray: #7447c4; }
@media screen and (prefers-color-scheme: dark) { :root {
  --page: #12161d; --card: #1b212b; --ink: #e8ecf3; --soft: #a3adbd; --line: #303947;
  --track: #323c4b; --neutral: #93a0b4; --streaming: #6ea8fe; --disc: #45c2ac; --dvd: #f0984f; --blu-ray: #b596f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px 20px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 0; }
header p, .about, footer { color: var(--soft); margin: 2px 0 16px; }
.about { font-size: 14px; }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
section, .figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
section { padding: 18px 20px; }
.wide, .figures { grid-column: 1 / -1; }
.figures { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 12px; margin: 0; }
.figures div { padding: 10px 14px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 14px; }
figcaption { font-size: 14px; font-weight: 600; margin-bottom: 4px; }
figure .about { margin: 4px 0 0; }
.chart { min-height: 20px; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
#vg-tooltip-element { position: fixed; visibility: hidden; z-index: 1; max-width: 320px; padding: 6px 10px;
  background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: 6px; font-size: 13px;
  box-shadow: 0 2px 8px rgb(0 0 0 / 25%); pointer-events: none; overflow-wrap: anywhere; }
#vg-tooltip-element.visible { visibility: visible; }
#vg-tooltip-element td { border: 0; padding: 1px 8px 1px 0; white-space: normal; }
#vg-tooltip-element .key { color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 0 0 6px; padding: 0;
  font-size: 14px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--soft); font-size: 14px; }
.scroll { overflow: auto; max-height: 420px; margin-top: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
th, td { padding: 3px 18px 3px 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: top; }
td:last-child, thead th:last-child { padding-right: 0; }
thead th { color: var(--soft); vertical-align: bottom; }
.t { text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td, th.n[scope="row"] { white-space: nowrap; }
footer { margin-top: 20px; font-size: 13px; }
@media (max-width: 900px) { .figures { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
@media (max-width: 700px) { body { padding: 16px 12px; } main { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; } section { padding: 14px; }
  table { font-size: 13px; } th, td { padding-right: 10px; } }
@media print { :root { color-scheme: light; --page: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 1px; zoom: 0.7; }
  section, .figures div { break-inside: avoid; } details { display: none; } .scroll { max-height: none; } }
"""
