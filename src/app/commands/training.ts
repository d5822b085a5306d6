import { Command } from 'commander';
export function retrainCommand(): Command { return new Command('retrain'); }
export function evaluateCommand(): Command { return new Command('evaluate'); }
