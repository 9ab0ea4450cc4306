// Reads phrases on standard input, one a line, and writes what chrono-node makes of each: `2026-07-17`, `2026-07-17T18:00:00`
// or nothing. Needs `npm install chrono-node@2.10.3`.
import * as chrono from 'chrono-node';
import { createInterface } from 'node:readline';

// Wednesday 15 July 2026, 17:00 in New York.
const reference = { instant: new Date('2026-07-15T21:00:00Z'), timezone: -240 };
const two = (number) => String(number).padStart(2, '0');

for await (const text of createInterface({ input: process.stdin })) {
  const [found, second] = chrono.parse(text, reference, { forwardDate: true });
  // A part of a phrase is another phrase.
  if (!found || second || found.text.trim() !== text.trim()) {
    console.log('');
    continue;
  }
  const at = (name) => found.start.get(name);
  const day = `${at('year')}-${two(at('month'))}-${two(at('day'))}`;
  const time = `T${two(at('hour'))}:${two(at('minute'))}:${two(at('second') ?? 0)}`;
  console.log(found.start.isCertain('hour') ? day + time : day);
}
