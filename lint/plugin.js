/** Lint rule `house/rooms`: an import between rooms of `src/` must stand in the table of rooms.js. */
import path from 'node:path';
import { rooms } from './rooms.js';

const names = Object.keys(rooms).toSorted((a, b) => b.length - a.length);

/** The room a file of `src/` belongs to, or undefined for files outside `src/`. */
function roomOf(file) {
  const match = /(?:^|\/)src\/(.+)$/.exec(file.replaceAll('\\', '/'));
  if (!match) return undefined;
  const inside = match[1];
  return (
    names.find((name) => inside.startsWith(`${name}/`) || inside === `${name}.ts`) ?? inside.split('/')[0]
  );
}

const roomsRule = {
  meta: { type: 'problem', docs: { description: 'imports between rooms point downward only' } },
  create(context) {
    const file = context.filename;
    const from = roomOf(file);
    if (from === undefined || file.endsWith('.test.ts')) return {};
    const check = (node) => {
      const target = node.source?.value;
      if (typeof target !== 'string' || !target.startsWith('.')) return;
      const to = roomOf(path.resolve(path.dirname(file), target));
      if (to === undefined || to === from || rooms[from]?.includes(to)) return;
      context.report({ node, message: `room "${from}" may not import room "${to}" (lint/rooms.js)` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { meta: { name: 'house' }, rules: { rooms: roomsRule } };
