// Parses the command line and starts a subcommand, which is loaded only then. The only user of commander. Flags come from
// the table in options.ts; their values are checked in settings.ts.

import { Command, CommanderError, Option as Flag } from 'commander';
import { didYouMean } from './nearest.js';
import { environmentName, fallbackText, hasFlag, OPTION_NAMES, type OptionName, optionOf } from './options.js';
import { checkValue, type Environment, type FlagValues } from './settings.js';
import { EXIT, UsageError } from './usage-error.js';
import { connectEndpoint, listOf, name as nameSchema, readText, splitList, wholeNumber } from './values.js';
import { packageVersion } from './version.js';

const COMMANDS = ['run', 'tail', 'doctor', 'help'] as const;

/** @returns the exit code. Errors have been told on stderr by then, each in one line. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(environment, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(withCommand(argv), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      return complain(error.message.replace(/^error: /, ''), EXIT.usage);
    }
    if (error instanceof UsageError) return complain(error.message, EXIT.usage);
    return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failure);
  }
}

function complain(message: string, code: number): number {
  const line = code === EXIT.usage ? message.replaceAll(/\s*\n\s*/g, ' ') : message;
  process.stderr.write(`zonecast: ${line}\n`);
  return code;
}

/** `run` is understood; `-vlite`, as the 2013 generator had it, would be -v -l -i -t -e. @throws UsageError */
function withCommand(argv: readonly string[]): string[] {
  const words = argv.map((word) => (word === '-vlite' ? '--vlite' : word));
  const first = words[0];
  if (first === undefined || (first.startsWith('-') && !['-h', '--help', '--version'].includes(first))) {
    return ['run', ...words];
  }
  if (!first.startsWith('-') && !COMMANDS.some((command) => command === first)) {
    throw new UsageError(`unknown command '${first}'${didYouMean(first, COMMANDS) || `; give ${COMMANDS.join(', ')}`}`);
  }
  return words;
}

function createProgram(environment: Environment, done: (code: number) => void): Command {
  const program = new Command('zonecast')
    .description('Samples this host and every zone on it, and casts one packet per zone per tick over ZeroMQ.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });

  const run = program
    .command('run')
    .description('run the agent; understood when no command is given')
    .action(async () => done(await (await import('./run.js')).run(givenFlags(run), environment)));
  addFlags(run, OPTION_NAMES.filter(hasFlag));
  run.addHelpText('after', settingsHelp);
  program.addHelpText('after', () => `\nOptions of run:\n${run.helpInformation().split('Options:\n')[1]}`);

  const tail = program
    .command('tail')
    .description('print packets as they come')
    .option('--connect <URL>', 'endpoint of an agent; repeatable (default: tcp://127.0.0.1:7211)', collect)
    .option('--zone <NAME>', 'only packets of this zone (default: all)')
    .option('--json', 'one JSON object a line, 64-bit integers as strings')
    .option('--count <N>', 'end after this many packets (default: until stopped)')
    .action(async () => done(await runTail(tail.opts())));

  const doctor = program
    .command('doctor')
    .description('say which sources can run here, and what the others need')
    .option('--json', 'print one JSON object')
    .action(async () => {
      const flags = givenFlags(doctor);
      done(await (await import('./doctor.js')).doctor(flags, environment, doctor.opts()['json'] === true));
    });
  addFlags(doctor, ['sources', 'config', 'path.procfs', 'path.sysfs', 'path.cgroupfs']);
  return program;
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

function addFlags(command: Command, names: readonly OptionName[]): void {
  for (const name of names) {
    const { short, placeholder, help, kind } = optionOf(name);
    const fallback = kind === 'switch' ? '' : fallbackText(name);
    const flags = `${short === undefined ? '' : `-${short}, `}--${name}${placeholder === undefined ? '' : ` <${placeholder}>`}`;
    const flag = new Flag(flags, fallback === '' ? help : `${help} (default: ${fallback})`);
    if (kind === 'list') flag.argParser(collect);
    command.addOption(flag);
    // So that a command line can take back what the environment or the file has switched on.
    if (kind === 'switch') command.addOption(new Flag(`--no-${name}`).hideHelp());
  }
}

/** Texts and switches by option, only those that were given. */
function givenFlags(command: Command): FlagValues {
  const given: Partial<Record<OptionName, string | boolean | readonly string[]>> = {};
  for (const flag of command.options) {
    const name = OPTION_NAMES.find((known) => known === flag.name());
    const value: unknown = command.getOptionValue(flag.attributeName());
    if (name !== undefined && value !== undefined) given[name] = value as string | boolean | readonly string[];
  }
  return given;
}

interface TailFlags {
  readonly connect?: readonly string[];
  readonly zone?: string;
  readonly json?: boolean;
  readonly count?: string;
}

async function runTail(flags: TailFlags): Promise<number> {
  const connect = (flags.connect ?? ['tcp://127.0.0.1:7211']).flatMap(splitList);
  const allowed = 'tcp://HOST:PORT or ipc:///PATH';
  const options = {
    connect: checkValue(listOf(connectEndpoint), allowed, connect, () => '--connect'),
    json: flags.json === true,
    ...(flags.zone === undefined
      ? {}
      : { zone: checkValue(nameSchema, 'the name of a zone', flags.zone, () => '--zone') }),
    ...(flags.count === undefined
      ? {}
      : {
          count: checkValue(
            wholeNumber(1, Number.MAX_SAFE_INTEGER),
            '1 or more',
            readText('number', flags.count),
            () => '--count',
          ),
        }),
  };
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const { tail } = await import('./tail.js');
  return tail(options, { stdout: process.stdout, stderr: process.stderr, signal: stop.signal });
}

function settingsHelp(): string {
  const rows = OPTION_NAMES.filter((name) => !hasFlag(name)).map((name) => {
    const fallback = fallbackText(name);
    return `  ${name.padEnd(23)} ${optionOf(name).help}${fallback === '' ? '' : ` (default: ${fallback})`}`;
  });
  return [
    '',
    'Every option can stand in the configuration file under its long name, and in the environment: --port is',
    `port in the file and ${environmentName('port')} in the environment. The command line beats the environment beats the file.`,
    'A switch is taken back with --no-quiet, --no-verbose and so on. SIGHUP reads the file again.',
    '',
    'In the file and the environment only:',
    ...rows,
    '',
  ].join('\n');
}
