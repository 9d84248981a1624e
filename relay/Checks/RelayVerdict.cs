using System.Collections.Immutable;

namespace RelayOperator.Relay.Checks;

/// <summary>What a relay would say to one command, and by what.</summary>
/// <param name="Command">The command as a client would send it; "" for the connection itself.</param>
/// <param name="Reply">What it would hear; "" where a hub says it.</param>
/// <param name="Reason">Which rule, limit or route decides.</param>
/// <param name="IsRefused">It is refused.</param>
public sealed record RelayStep(string Command, string Reply, string Reason, bool IsRefused);

/// <summary>The answer of <c>relay check</c>.</summary>
/// <param name="Steps">From the connection on, as far as it would come.</param>
public sealed record RelayVerdict(ImmutableArray<RelayStep> Steps)
{
    /// <summary>Something of it is refused.</summary>
    public bool IsRefused => Steps.Any(static step => step.IsRefused);
}
