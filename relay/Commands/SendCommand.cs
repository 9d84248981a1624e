using System.CommandLine;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay send</c>: a client that measures.</summary>
public static class SendCommand
{
    public static Command Create() => new("send", "Send messages and print rate, latencies and every distinct error.");
}
