using RelayOperator.Api.Users;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Authentication;

/// <summary>Who a client has authenticated as.</summary>
/// <param name="Name">The user.</param>
/// <param name="User">What is known of the user; null where a proxy tells a name (XCLIENT) that is not among the listener's users.</param>
/// <param name="IsTold">A proxy told it.</param>
public sealed record ClientLogin(string Name, UserEntry? User, bool IsTold = false)
{
    /// <summary>Whether the user may send as somebody; the null sender is always allowed.</summary>
    public bool MaySend(MailPath sender)
    {
        if (User is not { Senders: { IsEmpty: false } allowed } || sender.IsNull)
        {
            return true;
        }

        foreach (var pattern in allowed)
        {
            if (pattern[0] == '@' ? HasDomain(sender.Domain, pattern.AsSpan(1)) : sender.Address.Equals(pattern, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // *.x covers the subdomains of x without itself, as it does everywhere.
    private static bool HasDomain(string domain, ReadOnlySpan<char> pattern) => pattern is ['*', ..]
        ? domain.Length >= pattern.Length && domain.AsSpan().EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
        : pattern.Equals(domain, StringComparison.OrdinalIgnoreCase);
}
