using System.CommandLine;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay sink</c>: a hub to try things on.</summary>
public static class SinkCommand
{
    public static Command Create() => new("sink", "A hub to try things on: accepts mail, counts it, keeps or refuses it as told.");
}
