/** The error codes of this package: what each means, what usually causes it, what to do. */
export const ERROR_CODES = {
  IGC_CONFIG_ACTIVE_VERSIONS: {
    meaning: "An entry of .active_versions.toml is not a version.",
    cause: "The file was edited by hand.",
    fix: "Write a version number for the connector, or remove the line.",
  },
  IGC_CONFIG_CONNECTOR_AMBIGUOUS: {
    meaning: "A key names a sink and a source.",
    cause: "Both have the same key.",
    fix: "Say which one: sink/KEY or source/KEY.",
  },
  IGC_CONFIG_CONNECTOR_UNKNOWN: {
    meaning: "No connector has this key.",
    cause: "The key is misspelt, or its file did not load.",
    fix: "Use one of the keys that the message lists; iggy-connectors check shows files that do not load.",
  },
  IGC_CONFIG_DISABLED: {
    meaning: "A connector is disabled.",
    cause: "Its file says enabled = false.",
    fix: "Set enabled = true to run it.",
  },
  IGC_CONFIG_DUPLICATE: {
    meaning: "Two files describe the same version of a connector.",
    cause: "They have the same type, key and version.",
    fix: "Give one of them another version or key, or remove it. The file that was read first is used.",
  },
  IGC_CONFIG_ENVIRONMENT: {
    meaning: "An environment variable has a value that its key does not take.",
    cause: "The value has the wrong type.",
    fix: "Correct the variable that the message names.",
  },
  IGC_CONFIG_IGGY_ADDRESS: {
    meaning: "The address or the credentials of Iggy cannot be used.",
    cause: "They cannot even be sent: the address is not host:port, or a name or password is too long.",
    fix: "Correct iggy.address, iggy.username and iggy.password.",
  },
  IGC_CONFIG_INTERPOLATION: {
    meaning: "A reference in a configuration cannot be resolved.",
    cause: "${NAME} names a variable that is not set, or ${file:…} a file that cannot be read.",
    fix: "Set the variable, give a default as in ${NAME:default}, or correct the path.",
  },
  IGC_CONFIG_MASKED: {
    meaning: "A configuration contains a mask instead of a secret.",
    cause:
      "It was read from the API, which masks secrets, and the active version has no value that the mask could stand for.",
    fix: "Write the secret.",
  },
  IGC_CONFIG_MAX_IN_FLIGHT: {
    meaning: "max_in_flight must be 1 for this sink.",
    cause: "The sink keeps offsets in its target, which say that everything before them is there, too.",
    fix: "Remove max_in_flight; use max_in_flight_partitions or tasks to deliver several partitions at once.",
  },
  IGC_CONFIG_NOT_FOUND: {
    meaning: "The configuration file does not exist.",
    cause: "The path in --config or IGGY_CONNECTORS_CONFIG_PATH is wrong.",
    fix: "Correct the path; the message lists where a file was looked for.",
  },
  IGC_CONFIG_FILE_NOT_ALLOWED: {
    meaning: "A configuration that came over the API names a file or a folder that is not allowed.",
    cause: "A path to read or write is neither in connectors.allowed_files nor the same as in the active version.",
    fix: "Add the file, or a folder above it, to connectors.allowed_files in the runtime's file, or edit the connector's file.",
  },
  IGC_CONFIG_NO_CONNECTORS: {
    meaning: "The configuration has no connectors.",
    cause: "The folder of connector files is empty, or connectors.config_dir names another folder than was meant.",
    fix: "Add connector files, or correct connectors.config_dir. The message names the folder.",
  },
  IGC_CONFIG_PLACEHOLDER_NOT_ALLOWED: {
    meaning: "A configuration that came over the API has a placeholder that it may not use.",
    cause:
      "A placeholder reads a variable or a file of this machine. Over the API it is accepted where the active version has the same text at the same place, or where http.allowed_placeholders names the variable or the file.",
    fix: "Send the value, add the variable or file to http.allowed_placeholders, or escape the placeholder: $${.",
  },
  IGC_CONFIG_SIMILAR_KEYS: {
    meaning: "Two connectors of one type have keys that are hard to tell apart.",
    cause:
      "The keys differ only in letter case, punctuation or the form of a character, as a-b and a_b. Names of environment variables have neither, so the same variables set both connectors.",
    fix: "Choose keys that differ in letters or digits.",
  },
  IGC_CONFIG_SECRET_MOVED: {
    meaning: "A configuration that came over the API would use a secret that its sender does not know in another way.",
    cause:
      "A masked value, a placeholder or a variable of the environment is kept, while the plugin or a setting that may name a destination, such as an address, was changed. The secret would be sent there.",
    fix: "Send the secret itself, or change the connector's file.",
  },
  IGC_CONFIG_PATH_NOT_ALLOWED: {
    meaning: "A configuration that came over the API, or from a provider, names code that is not allowed.",
    cause: "path, or a script, is neither an installed connector nor listed in connectors.allowed_paths.",
    fix: "Add it to connectors.allowed_paths in the runtime's file, or use an installed connector.",
  },
  IGC_CONFIG_PLUGIN: {
    meaning: "plugin_config does not fit the plugin's schema.",
    cause: "A key is missing, misspelt, or has a value that the plugin does not take.",
    fix: "Correct the keys that the message names; the connector's page lists them.",
  },
  IGC_CONFIG_PROVIDER: {
    meaning: "The configuration provider cannot be used.",
    cause: "Its server is down, answers an error, or answers something that is not a configuration.",
    fix: "Check the provider's URL and its answer. What runs goes on; the provider is asked again.",
  },
  IGC_CONFIG_SCHEMA: {
    meaning: "The connector cannot work with the schema of a stream.",
    cause: "For example a sink of documents with raw bytes.",
    fix: "Use one of the schemas that the message lists, or convert with a transform.",
  },
  IGC_CONFIG_SYNTAX: {
    meaning: "A configuration file cannot be parsed.",
    cause: "It is not valid TOML, YAML or JSON, is too large, or its module throws.",
    fix: "Correct the file at the line that the message gives.",
  },
  IGC_CONFIG_TASKS: {
    meaning: "A source cannot run in several tasks.",
    cause: "It has one position in its origin, and two tasks would produce everything twice.",
    fix: "Set tasks = 1.",
  },
  IGC_CONFIG_TELEMETRY: {
    meaning: "The export of telemetry cannot be set up.",
    cause: "A variable OTEL_EXPORTER_OTLP_… has a value that cannot be used, or a library is missing.",
    fix: "Correct the variable that the message names, or set telemetry.enabled = false.",
  },
  IGC_CONFIG_TRANSFORM_STRANGE: {
    meaning: "A transform is configured in a way that is probably not meant.",
    cause: "For example a step that can never change a message.",
    fix: "Read the message. It is a warning: the connector runs.",
  },
  IGC_CONFIG_UNKNOWN_KEY: {
    meaning: "A configuration has a key that is not known.",
    cause: "The key is misspelt, or belongs to another version. It has no effect.",
    fix: "Correct or remove it. It is a warning while running, and an error in check and with strict = true.",
  },
  IGC_CONFIG_UNKNOWN_VARIABLE: {
    meaning: "An environment variable names a connector that does not exist.",
    cause: "The key in IGGY_CONNECTORS_SINK_<KEY>_… or …_SOURCE_<KEY>_… is misspelt.",
    fix: "Correct the variable's name, or remove it.",
  },
  IGC_CONFIG_UNREADABLE: {
    meaning: "A configuration file or folder cannot be read.",
    cause: "It does not exist, or the user of the runtime may not read it.",
    fix: "Correct connectors.config_dir or the permissions.",
  },
  IGC_CONFIG_UNSUPPORTED: {
    meaning: "A setting is known, and does not work in this version.",
    cause: "The value needs something that is not there yet.",
    fix: "Remove it, or use the value that the message proposes.",
  },
  IGC_CONFIG_VERSION_MISSING: {
    meaning: "The version that is activated does not exist.",
    cause: "Its file was removed, or .active_versions.toml was edited by hand.",
    fix: "Put the file back, or activate a version that exists; the message lists them. The highest one runs meanwhile.",
  },
  IGC_CONFIG_DOTENV: {
    meaning: "A line of a .env file is ignored, or other readers of such files read it in another way.",
    cause:
      "The line is not NAME=value, a quote is not closed, a name is repeated, or a value without single quotes has a backslash, a $ or white space.",
    fix: "Write the value in single quotes, which everybody takes as they are.",
  },
  IGC_CONFIG_WATCH: {
    meaning: "The folder of connector files cannot be watched.",
    cause: "The limit of watches is reached, or the folder was removed.",
    fix: "It is tried again by itself. Raise the limit, or set connectors.reload = false.",
  },
  IGC_CONFIG_WRITE: {
    meaning: "A configuration could not be stored.",
    cause: "The folder of connector files is not writable, or the disk is full.",
    fix: "Let the user of the runtime write to connectors.config_dir.",
  },
  IGC_HTTP_BIND: {
    meaning: "The HTTP API cannot listen on its address.",
    cause: "The address is not host:port, is not one of this machine, or is not on loopback while no API key is set.",
    fix: "Correct http.address; set http.api_key to listen off loopback.",
  },
  IGC_HTTP_CERTIFICATE: {
    meaning: "The certificate of the HTTP API cannot be used.",
    cause: "A file cannot be read, is not PEM, or certificate and key do not belong together.",
    fix: "Correct http.tls.cert_file and http.tls.key_file.",
  },
  IGC_HTTP_PORT_IN_USE: {
    meaning: "The port of the HTTP API is in use.",
    cause: "Another program, often another runtime, listens on it.",
    fix: "End that program, or set http.address to another port.",
  },
  IGC_HTTP_TELEMETRY: {
    meaning: "Telemetry cannot be sent.",
    cause: "The collector is down, or refuses it. What does not arrive is dropped and counted.",
    fix: "Check the endpoint of the signal that the message names. Connectors are not affected.",
  },
  IGC_IGGY_TOPIC_MISSING: {
    meaning: "A topic does not exist.",
    cause: "It was not created yet, its name is misspelt, or it was deleted; the connector may not create it.",
    fix: "Create it, correct the name, or set create = true in the entry of the stream. The connector waits for it.",
  },
  IGC_IGGY_UNREACHABLE: {
    meaning: "Iggy does not answer.",
    cause: "The server is down, iggy.address is wrong, or a firewall is between.",
    fix: "Start the server or correct iggy.address.",
  },
  IGC_PLUGIN_CHECK: {
    meaning: "The plugin's own check found something.",
    cause: "The message says what the destination or origin does not allow or does not have.",
    fix: "Follow the message; the configuration itself may be right.",
  },
  IGC_PLUGIN_CRASHED: {
    meaning: "A plugin ended its worker with an error.",
    cause: "An exception outside of the runtime's calls, for example in a timer, or at the top level of the module.",
    fix: "Correct the plugin. The worker is started again with back-off.",
  },
  IGC_PLUGIN_DELIVERY: {
    meaning: "A plugin reported a delivery guarantee that does not exist.",
    cause: "reportDelivery was called with another word.",
    fix: "Report at-most-once, at-least-once or exactly-once.",
  },
  IGC_PLUGIN_DESCRIPTORS: {
    meaning: "A plugin cannot be loaded, too many files are open.",
    cause: "The limit of the process or of the system is reached; the plugin is not to blame.",
    fix: "Raise the limit of open files (ulimit -n, LimitNOFILE of systemd). The connector is started again by itself.",
  },
  IGC_PLUGIN_EXITED: {
    meaning: "A plugin ended its worker.",
    cause: "Its code called process.exit.",
    fix: "Correct the plugin. The worker is started again with back-off.",
  },
  IGC_PLUGIN_FAILPOINT: {
    meaning: "A fail point was reached.",
    cause: "IGGY_CONNECTORS_FAILPOINT is set, which is for tests.",
    fix: "Unset the variable.",
  },
  IGC_PLUGIN_HUNG: {
    meaning: "A plugin does not end a call, or blocks its worker.",
    cause: "It ignores the abort signal, or computes without a pause.",
    fix: "Correct the plugin: end the call when context.signal is aborted, and do not block. The worker is replaced.",
  },
  IGC_PLUGIN_IMPORT: {
    meaning: "A module that a plugin imports was not found.",
    cause: "The package is not installed beside the plugin.",
    fix: "Install it in the plugin's folder with npm.",
  },
  IGC_PLUGIN_LOAD: {
    meaning: "A plugin failed while it was loaded.",
    cause: "The code at the top level of its module threw an error.",
    fix: "Correct the plugin; the message gives the error.",
  },
  IGC_PLUGIN_MESSAGE: {
    meaning: "A worker sent the runtime a message that it does not understand.",
    cause: "A plugin changed modules of the runtime, or objects that they use.",
    fix: "Find out what the plugin does; its worker is started again, and no other connector is affected.",
  },
  IGC_PLUGIN_METRIC: {
    meaning: "A plugin made a metric with a name that is not valid.",
    cause: "Names consist of letters, digits and underscores.",
    fix: "Correct the plugin.",
  },
  IGC_PLUGIN_NOT_A_CONNECTOR: {
    meaning: "The default export of a plugin is not a connector.",
    cause: "The module exports something else.",
    fix: "Export what defineSink or defineSource of @iggy-connectors/sdk returns.",
  },
  IGC_PLUGIN_NOT_A_MODULE: {
    meaning: "A file is not a module that can be loaded.",
    cause: "Its ending is not that of JavaScript or TypeScript.",
    fix: "Name a .ts, .js or .mjs file, a folder or an npm package in path.",
  },
  IGC_PLUGIN_NOT_FOUND: {
    meaning: "A plugin was not found.",
    cause: "path is misspelt, or the package is not installed.",
    fix: "Use one of the installed connectors that the message lists, install the package, or correct the path. The message lists each place that was searched.",
  },
  IGC_PLUGIN_NO_DEFAULT_EXPORT: {
    meaning: "A plugin has no default export.",
    cause: "The module exports its connector under a name, or not at all.",
    fix: "Write export default defineSink({ … }) or export default defineSource({ … }).",
  },
  IGC_PLUGIN_OUT_OF_MEMORY: {
    meaning: "A worker reached its memory limit.",
    cause: "The plugin, or large batches, need more JavaScript heap than memory_limit allows.",
    fix: "Raise memory_limit, or lower batch_length, buffer_bytes or what the plugin keeps. The worker is started again.",
  },
  IGC_PLUGIN_QUARANTINED: {
    meaning: "A task has a thread of its own for some time instead of a place in the shared workers.",
    cause: "Its code ended a shared worker, or kept it busy for longer than the other tasks in it may wait.",
    fix: 'Look at the message; where this is as it must be, set isolation = "thread".',
  },
  IGC_PLUGIN_REJECTED_UNKNOWN: {
    meaning: "A sink rejected a message that it was not given.",
    cause: "flush named an offset without a partition where it was staged.",
    fix: "Correct the plugin: each rejected message names its partition and an offset of the batch.",
  },
  IGC_PLUGIN_SCHEMA: {
    meaning: "The configuration schema of a plugin cannot be described.",
    cause: "It uses types that JSON Schema does not have on the input side, such as bigint or date.",
    fix: "Correct the plugin; use zod 4.2 or newer.",
  },
  IGC_PLUGIN_SIGNAL: {
    meaning: "A plugin tried to send a signal to the runtime.",
    cause: "It called process.kill with the id of the runtime's process or its group.",
    fix: "Throw FatalError to end the connector.",
  },
  IGC_PLUGIN_START_TIMEOUT: {
    meaning: "A connector did not start in time.",
    cause: "It neither opened its destination or origin nor joined Iggy within start_timeout.",
    fix: "See why the other side does not answer, or raise start_timeout.",
  },
  IGC_PLUGIN_STATE: {
    meaning: "A task was to enter a state that cannot follow its current one.",
    cause: "This is a defect of the runtime.",
    fix: "Report it with the log.",
  },
  IGC_PLUGIN_SYNTAX: {
    meaning: "The source of a plugin or script has a syntax error.",
    cause: "The message gives the line.",
    fix: "Correct the file.",
  },
  IGC_PLUGIN_TIMEOUT: {
    meaning: "A call into a plugin took too long.",
    cause: "The destination or origin does not answer, or consume_timeout or start_timeout is short.",
    fix: "Check the other side, or allow more time. The call is repeated.",
  },
  IGC_PLUGIN_TYPESCRIPT: {
    meaning: "A TypeScript file cannot be run as it is.",
    cause: "It uses syntax that cannot be erased (enum, namespace, parameter properties), or lies below node_modules.",
    fix: "Replace that syntax, or compile the file to JavaScript.",
  },
  IGC_PLUGIN_UNRESPONSIVE: {
    meaning:
      "A worker did not answer for hang_timeout, so it was replaced; or the message with which that happened again.",
    cause:
      "A call kept its thread busy, for example by an endless loop or an expensive regular expression. The message names the call and its messages.",
    fix: "Correct the plugin or transform, or raise hang_timeout for work that takes longer. The message is a dead letter; replay it afterwards.",
  },
  IGC_PLUGIN_WORKER: {
    meaning: "A worker could not be started.",
    cause: "The system has no memory or threads left, or the file is missing.",
    fix: "Read the message. The start is tried again with back-off.",
  },
  IGC_PLUGIN_WRONG_TYPE: {
    meaning: "A sink is configured as a source, or a source as a sink.",
    cause: "type in the connector file does not fit the plugin that path names.",
    fix: "Correct type or path.",
  },
  IGC_SINK_NOT_ITS_TOPIC: {
    meaning: "A sink does not consume the topic that a command names.",
    cause: "The name is misspelt, or belongs to another connector.",
    fix: "Use one of the topics that the message lists.",
  },
  IGC_SINK_NO_RESET: {
    meaning: "The offsets of this sink cannot be set.",
    cause: "It keeps offsets in its target, and its plugin has no way to change them.",
    fix: "Change the offset in the target as the connector's page describes.",
  },
  IGC_SOURCE_DRY_RUN_FROM: {
    meaning: "A dry run of a source cannot begin there.",
    cause: "A source begins at its stored checkpoint or at its first record.",
    fix: "Leave out --from, or use --from first.",
  },
  IGC_SOURCE_NOT_ITS_TOPIC: {
    meaning: "A dead letter belongs to a topic that its source no longer produces to.",
    cause: "The streams of the source were changed after the message failed.",
    fix: "Replay it to its origin, or add the topic to the streams of the source.",
  },
  IGC_SOURCE_PARTITION: {
    meaning: "A message names a partition that does not exist.",
    cause: "The source chose the partition itself, and the topic has fewer.",
    fix: "Correct the source, or add partitions to the topic.",
  },
  IGC_SOURCE_STREAM_UNKNOWN: {
    meaning: "A message names a stream that the connector does not have.",
    cause: "A route or the source gives a name that no [[streams]] entry has.",
    fix: "Give an entry that name, or correct the route.",
  },
  IGC_STATE_CHECKPOINT: {
    meaning: "A checkpoint cannot be written as JSON.",
    cause: "The source gave a value that JSON cannot express.",
    fix: "Correct the plugin: checkpoints consist of JSON values, with large integers as text.",
  },
  IGC_STATE_DESCRIPTORS: {
    meaning: "A checkpoint cannot be read or written, too many files are open.",
    cause: "The limit of the process or of the system is reached.",
    fix: "Raise the limit of open files (ulimit -n, LimitNOFILE of systemd). It is tried again, and nothing is lost meanwhile.",
  },
  IGC_STATE_DESIRED: {
    meaning: "The file of desired states cannot be read or written.",
    cause: "desired.json in the state folder is damaged, or the folder is not writable.",
    fix: "Remove the file to start all connectors, or correct the permissions.",
  },
  IGC_STATE_DESIRED_UNSAVED: {
    meaning: "A pause, stop, start or resume is in effect, but was not written to desired.json.",
    cause: "The disk is full, or the state folder cannot be written.",
    fix: "Free space or correct the folder's mode, then repeat the request; else it is forgotten when the process ends.",
  },
  IGC_STATE_DIRECTORY: {
    meaning: "The folder for checkpoints cannot be used.",
    cause: "It does not exist, or the user of the runtime may not write to it.",
    fix: "Create it, or set state.path to a folder that can be written.",
  },
  IGC_STATE_FOLDER: {
    meaning: "The state folder cannot be created.",
    cause: "Its parent is not writable, or a file has the name.",
    fix: "Set state.path to a folder that can be written.",
  },
  IGC_STATE_FOLDER_LOCKED: {
    meaning: "Another runtime uses the state folder.",
    cause: "A runtime with the same state.path runs, in this or in another container.",
    fix: "Stop that runtime, or set another state.path. Nothing has to be removed: the lock of a process that ended is free.",
  },
  IGC_STATE_INVALID: {
    meaning: "A stored checkpoint cannot be used.",
    cause: "The file is damaged, or belongs to another source or version.",
    fix: "Restore it from a backup, or remove it to start from the beginning of the origin.",
  },
  IGC_PLUGIN_OVERWROTE: {
    meaning: "A plugin wrote over the memory of a batch that it was given.",
    cause: "The plugin wrote beyond the payloads, whose views are of the memory that was received.",
    fix: "Correct the plugin: it must copy what it changes. The messages are read again, from the last stored offset.",
  },
  IGC_STATE_LETTER_HEADERS: {
    meaning: "A dead letter cannot be replayed to its origin because it lacks headers of its message.",
    cause:
      "The message's headers could not be read, or they and the reason of the failure are more than 100 kB together.",
    fix: "Replay it to the connector if that does not need them, or send the message again from where it was made.",
  },
  IGC_STATE_LETTER_TRUNCATED: {
    meaning: "A dead letter does not hold its whole message.",
    cause: "dead_letter.max_payload is smaller than the payload was.",
    fix: "Raise dead_letter.max_payload for later dead letters; send this message again from its origin.",
  },
  IGC_STATE_OFFSETS_OWNED: {
    meaning: "Offsets cannot be set while somebody else reads the partitions.",
    cause: "Another runtime is a member of the consumer group.",
    fix: "Stop the connector in all runtimes first.",
  },
  IGC_STATE_PATH: {
    meaning: "A source has no place for its checkpoint.",
    cause: "state.path is empty.",
    fix: "Set state.path.",
  },
  IGC_STATE_REPLAY_RUNNING: {
    meaning: "A replay of this connector's dead letters is running.",
    cause: "A second one was asked for before the first one ended.",
    fix: "Wait for the first one.",
  },
  IGC_STATE_UNREADABLE: {
    meaning: "A checkpoint cannot be read.",
    cause: "The user of the runtime may not read the file.",
    fix: "Correct the permissions of the file.",
  },
  IGC_STATE_WRITE: {
    meaning: "A checkpoint cannot be written.",
    cause: "The disk is full, or the folder was removed or is not writable.",
    fix: "Check the folder of state.path. The write is repeated, and nothing is lost meanwhile.",
  },
} as const;
