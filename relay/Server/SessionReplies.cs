using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>What the relay says in a session, counted by command; its last words, and how the session ended by them.</summary>
public sealed class SessionReplies(SessionOutput output, RelayMetrics metrics)
{
    /// <summary>Nothing more is taken from the client.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>How the session ended, for the metrics.</summary>
    public string Result { get; private set; } = "closed";

    /// <summary>Refusals (5xx) since a message was last taken.</summary>
    public int Errors { get; private set; }

    public void Write(SmtpReply reply) => output.Write(reply.Wire.Span);

    /// <summary>Answers a command.</summary>
    public void Answer(SmtpVerb verb, SmtpReply reply)
    {
        metrics.Command(verb, reply.Class);
        Errors += reply.IsPermanent ? 1 : 0;
        Write(reply);
    }

    /// <summary>A message was taken: what was wrong before is forgotten.</summary>
    public void Forgive() => Errors = 0;

    /// <summary>The last words.</summary>
    public void Close(SmtpReply reply, string result)
    {
        Write(reply);
        End(result);
    }

    /// <summary>The same as the answer to a command.</summary>
    public void Close(SmtpVerb verb, SmtpReply reply, string result)
    {
        Answer(verb, reply);
        End(result);
    }

    /// <summary>The session ends with what was said.</summary>
    public void End(string result) => (Result, IsClosing) = (result, true);

    /// <summary>Sends what was said; where the client is gone the session ends.</summary>
    public async ValueTask<bool> FlushAsync()
    {
        if (await output.FlushAsync())
        {
            return true;
        }

        IsClosing = true;
        return false;
    }
}
