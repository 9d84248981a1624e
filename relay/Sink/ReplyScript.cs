using System.Collections.Immutable;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Sink;

/// <summary>All <c>--reply</c> options of a sink, and how often each phase came. Thread-safe: sessions share it.</summary>
public sealed class ReplyScript(ImmutableArray<ScriptedReply> replies)
{
    private readonly long[] _seen = new long[Enum.GetValues<SinkPhase>().Length];

    /// <summary>Counts one more time at this phase; the first scripted reply that is due, or null for the usual answer.</summary>
    public SmtpReply? Next(SinkPhase phase)
    {
        if (replies.IsEmpty)
        {
            return null;
        }

        var seen = Interlocked.Increment(ref _seen[(int)phase]);
        foreach (var scripted in replies)
        {
            if (scripted.Phase == phase && seen % scripted.Every == 0)
            {
                return scripted.Reply;
            }
        }

        return null;
    }
}
