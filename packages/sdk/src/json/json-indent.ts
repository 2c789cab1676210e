const TOKENS = /"(?:[^"\\]|\\.)*"|\[[ \t\n\r]*\]|\{[ \t\n\r]*\}|[{}[\],:]|[ \t\n\r]+/g;

/** A JSON text with an indentation of two spaces: nothing but the white space between its tokens is different. */
export function indentJson(text: string): string {
  let line = "\n";
  return text.replaceAll(TOKENS, (token) => {
    switch (token[0]) {
      case '"':
        return token;
      case ":":
        return ": ";
      case ",":
        return token + line;
      case "{":
      case "[":
        if (token.length > 1) return token[0] + token.at(-1)!;
        line += "  ";
        return token + line;
      case "}":
      case "]":
        line = line.slice(0, -2);
        return line + token;
      default:
        return "";
    }
  });
}
