/** The URL of a neighbouring module, with the ending that this build has (`.ts` from source, `.js` when compiled). */
export function moduleFile(from: string, name: string): URL {
  return new URL(`${name}${from.slice(from.lastIndexOf("."))}`, from);
}
