"""How the pages of albums look: rows of pictures in their own shapes, light or dark as one likes it."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1c1b19; --dim: #65605a; --line: #ddd8cf; --paper: #fbfaf7;
  --accent: #8a5a14; --row: 15rem; --gap: .5rem; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece8e1; --dim: #aaa399; --line: #3a3630;
  --paper: #151412; --accent: #e6b464; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 110rem; margin: 0 auto; padding: 0 clamp(.75rem, 3vw, 2.5rem); }
header { padding-top: clamp(1.5rem, 5vw, 3.5rem); padding-bottom: clamp(1rem, 2.5vw, 1.75rem); }
h1 { font-size: clamp(1.6rem, 1.1rem + 2.4vw, 2.75rem); line-height: 1.15; letter-spacing: -.015em;
  font-weight: 650; margin: 0; text-wrap: balance; overflow-wrap: anywhere; }
p { margin: .6rem 0 0; max-width: 46rem; overflow-wrap: anywhere; }
.said { white-space: pre-line; } .dim { color: var(--dim); font-size: .9rem; }
a { color: var(--accent); }
.rows { display: flex; flex-wrap: wrap; gap: var(--gap); margin: 0; padding: 0; list-style: none; }
.rows::after { content: ""; flex: 8 0 0; }
.rows li { position: relative; overflow: hidden; border-radius: .35rem; background-color: var(--line);
  background-size: cover; background-position: center; }
.rows a { display: block; width: 100%; height: 100%; color: inherit; }
.rows img { display: block; width: 100%; height: 100%; object-fit: cover; }
.rows a:focus-visible { outline: none; }
.rows li:focus-within { outline: .2rem solid var(--accent); outline-offset: .15rem; }
.below { position: absolute; inset: auto 0 0; padding: 2rem .8rem .6rem; color: #fff; font-size: .9rem;
  line-height: 1.35; background: linear-gradient(transparent, rgb(0 0 0 / .75)); overflow: hidden;
  max-height: 100%; overflow-wrap: anywhere; pointer-events: none; }
@media (hover: hover) { .below { opacity: 0; transition: opacity .15s; }
  li:hover .below, li:focus-within .below { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { .below { transition: none; } }
.one::after { content: none; } .one li { margin: 0 auto; max-width: 100%; }
.empty { border: 1px dashed var(--line); border-radius: .6rem; padding: 4rem 1rem; text-align: center;
  color: var(--dim); max-width: none; margin: 0; }
nav { display: flex; gap: .75rem; justify-content: center; padding-top: 2rem; flex-wrap: wrap; }
nav a { border: 1px solid var(--line); border-radius: 2rem; padding: .55rem 1.4rem; text-decoration: none;
  color: var(--ink); } nav a:hover { border-color: var(--accent); color: var(--accent); }
a:focus-visible { outline: .2rem solid var(--accent); outline-offset: .2rem; }
footer { padding-top: 2.5rem; padding-bottom: 3rem; }
@media (max-width: 40rem) { .rows { display: block; } .rows li { margin-bottom: var(--gap); } }
@media print { .rows li { break-inside: avoid; } nav { display: none; } }
"""
"""What is the same on all pages; each adds a line for every picture on it."""
