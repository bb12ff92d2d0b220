import type { Command } from './command.js';
import { viewCommand } from './view-command.js';

export const COMMANDS: readonly Command[] = [viewCommand];
