/**
 * Import specifiers in what the compiler emitted: other packages become folders beside this one, and declarations
 * name .js files as the code does.
 */
import { dirname, relative } from 'node:path/posix';

/** `from '…'` and `import('…')`, in the one form that the compiler prints. */
const SPECIFIER = /(?<before>\bfrom |\bimport\()(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g;
const SOURCE_EXTENSION = /\.ts$/;

/**
 * @param filePath of the text, relative to the folder that `entryOfPackage` is relative to, with slashes
 * @param entryOfPackage package name → path of its entry file
 */
export function relocateImports(
  text: string,
  filePath: string,
  entryOfPackage: ReadonlyMap<string, string>,
): string {
  return text.replace(SPECIFIER, (whole, before: string, quote: string, specifier: string) => {
    const moved = relocate(specifier, filePath, entryOfPackage);
    return moved === specifier ? whole : `${before}${quote}${moved}${quote}`;
  });
}

function relocate(specifier: string, filePath: string, entryOfPackage: ReadonlyMap<string, string>): string {
  if (specifier.startsWith('.')) return specifier.replace(SOURCE_EXTENSION, '.js');
  const entry = entryOfPackage.get(specifier);
  if (entry === undefined) return specifier;
  const path = relative(dirname(filePath), entry);
  return path.startsWith('.') ? path : `./${path}`;
}
