namespace RelayOperator.Relay.Sink;

/// <summary>What all sessions of one sink share.</summary>
internal sealed record SinkSettings(SinkOptions Options, ReplyScript Script, KeepFolder? Keep, SinkCounters Counters, TimeProvider Time);
