using System.Globalization;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Notifications;

/// <summary>The Status field of a recipient (RFC 3464 §2.3.4): a code whose class agrees with the action.</summary>
internal static class ReportedStatus
{
    public static EnhancedCode Of(NotificationRecipient recipient, NotificationKind kind) =>
        Fits(recipient.Status, kind) ? recipient.Status
        : TryRead(recipient.Reply, out var said) && Fits(said, kind) ? said
        : new EnhancedCode(kind switch { NotificationKind.Failure => 5, NotificationKind.Delay => 4, _ => 2 }, 0, 0);

    // Given up after nothing but 4xx is a failure with a class of 4 (RFC 3464 §2.3.4).
    private static bool Fits(EnhancedCode code, NotificationKind kind) => kind switch
    {
        NotificationKind.Failure => code.Class is 4 or 5,
        NotificationKind.Delay => code.Class == 4,
        _ => code.Class == 2,
    };

    // "550 5.1.1 text"
    private static bool TryRead(ReadOnlySpan<char> reply, out EnhancedCode code)
    {
        code = default;
        reply = reply.Length > 4 && reply[3] is ' ' or '-' ? reply[4..] : default;
        var word = reply.IndexOf(' ') is >= 0 and var end ? reply[..end] : reply;
        Span<Range> parts = stackalloc Range[4];
        if (word.Split(parts, '.') != 3
            || !TryNumber(word[parts[0]], out var first) || !TryNumber(word[parts[1]], out var subject) || !TryNumber(word[parts[2]], out var detail))
        {
            return false;
        }

        code = new EnhancedCode(first, subject, detail);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> digits, out int number)
    {
        number = 0;
        return digits.Length is > 0 and <= 3 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
