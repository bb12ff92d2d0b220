import type { Node } from './parse.js';

/** Of a property, method, variable or target: the name it gives to an anonymous function. */
export function nameOf(node: Node): string {
  switch (node.type) {
    case 'VariableDeclarator':
      return nameOf(node.id as Node);
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return nameOf(node.left as Node);
    case 'Identifier':
      return node.name as string;
    case 'PrivateName':
      return `#${nameOf(node.id as Node)}`;
    case 'StringLiteral':
    case 'NumericLiteral':
      return String(node.value);
    case 'MemberExpression': {
      const object = nameOf(node.object as Node);
      const property = node.computed === true ? '' : nameOf(node.property as Node);
      return object === '' ? property : `${object}.${property}`;
    }
    case 'ThisExpression':
      return '';
    default:
      if (node.computed === true || node.key === undefined) return '';
      return nameOf(node.key as Node);
  }
}
