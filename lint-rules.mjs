// Our own rules for oxlint; .oxlintrc.json says in which folders each holds.
import eslint from 'oxlint-plugin-eslint';

/** A file without the text has nothing to find; that is asked first, since reading a file's tree is what costs. */
const where = (text, create) => ({
  create: (context) => (context.sourceCode.text.includes(text) ? create(context) : {}),
});

/** Syntax that is not written, each with what to write instead. */
const forbid =
  (...forbidden) =>
  (context) =>
    Object.fromEntries(
      forbidden.map(({ selector, message }) => [
        selector,
        (node) => context.report({ node, message }),
      ]),
    );

// A number may be read from a part of a day, or from a position in a list; never from any other text.
const notMoney = [
  '[arguments.0.callee.name="yearOf"]',
  '[arguments.0.callee.property.name="slice"]', // of a day
  '[arguments.0.object.name="match"]', // of the pattern of a day
  '[arguments.0.name="key"]', // of a list
  '[arguments.0.property.name="no"]', // of a line
].map((argument) => `:not(${argument})`);

const noFloat = forbid(
  {
    selector: `CallExpression[callee.name="Number"]${notMoney.join('')}`,
    message: 'Use yuan() of domain/money.ts; a number is read only from a day or a position.',
  },
  {
    selector: 'UnaryExpression[operator="+"]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'Literal[raw=/^[0-9_]*[.][0-9]/]',
    message: 'A fraction is text: ratio(), yuan() or price() of domain/money.ts read it.',
  },
  {
    selector: 'CallExpression[callee.name=/^(parseFloat|parseInt)$/]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'MemberExpression[object.name="Number"][property.name=/^parse/]',
    message: 'Use yuan() of domain/money.ts.',
  },
  {
    selector: 'MemberExpression[property.name=/^(toFixed|toPrecision|toNumber)$/]',
    message: 'Use toWire() of domain/money.ts.',
  },
);

const noRounding = forbid({
  selector:
    'MemberExpression[object.name="Math"][property.name=/^(round|floor|ceil|trunc|fround)$/]',
  message: 'Only domain/money.ts rounds.',
});

const noEnum = forbid({ selector: 'TSEnumDeclaration', message: 'Use a union of literals.' });

const noDefaultExport = forbid({
  selector: 'ExportDefaultDeclaration',
  message: 'Name what you export.',
});

// oxlint has no rule of its own for the names, so it is ESLint's.
const { meta, create } = eslint.rules.camelcase;

export default {
  meta: { name: 'kuasheng' },
  rules: {
    'no-float': { create: noFloat },
    'no-rounding': where('Math', noRounding),
    'no-enum': where('enum', noEnum),
    'no-default-export': where('default', noDefaultExport),
    camelcase: { meta, ...where('_', create) },
  },
};
