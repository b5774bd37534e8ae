'use strict'

// The rows of the catalogue of pg's behaviour by section and priority. P0: every app needs it; P1: ORMs, extension
// packages, documented features; P2: quirks. docs/compatibility.md answers for each of them.

const span = (prefix, from, to) => Array.from({ length: to - from + 1 }, (_, i) => `${prefix}-${from + i}`)
const rows = (prefix, numbers) =>
  numbers.split(' ').flatMap((part) => {
    const [from, to = from] = part.split('..').map(Number)
    return span(prefix, from, to)
  })

const sections = {
  'module layout (0.2)': { P0: rows('M', '1'), P1: rows('M', '2..4 6'), P2: rows('M', '5') },
  'exports (1)': {
    P0: rows('E', '1..3 5..7 10 11 16'),
    P1: rows('E', '4 8 9 12 14'),
    P2: rows('E', '13 15 17'),
  },
  'defaults (1.1)': { P0: rows('D', '1..3'), P2: rows('D', '4 5') },
  'config resolution (2.1)': { P0: rows('C', '1..6 8'), P1: rows('C', '7 9 10'), P2: rows('C', '11..13') },
  'client options (2.2)': {
    P0: rows('O', '1..7 11..14 16'),
    P1: rows('O', '8..10 15 17 18 20 21 24'),
    P2: rows('O', '19 22 23 25..27'),
  },
  'connection strings (2.4)': {
    P0: rows('S', '1 4 7 8 10..13'),
    P1: rows('S', '2 3 5 6 9 14 15 18'),
    P2: rows('S', '16 17'),
  },
  'client properties (2.5)': { P0: rows('P', '1..4'), P1: rows('P', '5 7 8'), P2: rows('P', '6 9') },
  'connect (2.6)': { P0: rows('N', '1 2 4..8'), P1: rows('N', '10'), P2: rows('N', '3 9 11') },
  'TLS (2.8)': { P0: rows('T', '1 3..5'), P1: rows('T', '2 6') },
  'authentication (2.9)': { P0: rows('A', '1..4 7 8'), P1: rows('A', '5 6'), P2: rows('A', '9') },
  'query (2.10)': { P0: rows('Q', '1..5 7..13'), P1: rows('Q', '6') },
  'results (2.14)': { P0: rows('R', '1..7'), P1: rows('R', '8'), P2: rows('R', '9 10') },
  'Query class (2.15)': { P0: rows('K', '1 2'), P1: rows('K', '3 4'), P2: rows('K', '5') },
  'named statements (2.16)': { P0: rows('PS', '1..4'), P1: rows('PS', '5'), P2: rows('PS', '6') },
  'several statements, COPY (2.17)': { P0: rows('MS', '1..3'), P1: rows('MS', '4') },
  'errors (2.18)': { P0: rows('X', '1..4'), P1: rows('X', '5') },
  'timeouts (2.20)': { P0: rows('TO', '1 4 5'), P1: rows('TO', '2 3') },
  'connection loss (2.22)': { P0: [...rows('L', '1..8'), 'L-6b'] },
  'end (2.23)': { P0: rows('EN', '1..5 7'), P1: rows('EN', '6') },
  'other methods (2.25)': { P0: rows('Z', '2'), P1: rows('Z', '1 3 5'), P2: rows('Z', '4') },
  'type registry (3.1)': { P0: rows('TY', '1 2 5'), P1: rows('TY', '3 4') },
  'pool options (4.1)': { P0: rows('PO', '1 3..7 12'), P1: rows('PO', '2 8 10 11 13'), P2: rows('PO', '9') },
  'pool semantics (4.2)': {
    P0: rows('PL', '1..13 15 17 20'),
    P1: rows('PL', '14 18 19'),
    P2: rows('PL', '16'),
  },
}

// Sections that the catalogue does not number row by row, and the rows that answer for each as a whole.
const groups = {
  'environment variables (2.3)': ['ENV', 'A-10'],
  'own keys of a client (2.5)': ['P-10'],
  'startup packet (2.7)': ['SP'],
  'config keys (2.11)': ['QC'],
  'protocol choice (2.12)': ['PC'],
  'parameters (2.13)': ['PV'],
  'stacks (2.19)': ['ST'],
  'client events (2.21)': ['EV'],
  'pipeline (2.24)': ['O-24'],
  'warnings (2.26)': ['DW'],
  'async context (2.27)': ['AC'],
  'default parsers, intervals, arrays (3.2 to 3.4)': ['TV'],
  'TypeOverrides (3.5)': ['E-8'],
  'binary parsers (3.6)': ['R-9'],
  'Submittables (5.1, 5.3 to 5.5)': ['5.1', 'SUB'],
  'Connection (5.2)': ['E-4'],
  'messages (8)': ['MR'],
}

module.exports = { sections, groups }
