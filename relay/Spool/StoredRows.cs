using System.Text;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Spool;

/// <summary>What both stores keep beside a message's and a recipient's own fields, worked out alike. Pure.</summary>
internal static class StoredRows
{
    private const int Refused = 1;
    private const int DelayNoticed = 2;

    /// <summary>The lane that a message's recipients wait in.</summary>
    public static int LaneOf(SpoolMessage message) =>
        MailCommand.TryParse(message.Mail, out var mail, out _) ? SenderLane.Of(mail!.Path.Address, message.Client.ToString()) : 0;

    /// <summary>A time that is stored; a flipped bit may make one of what is none.</summary>
    public static DateTimeOffset Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253402300799999));

    public static int Flags(SpoolRecipient recipient) =>
        (recipient.IsRefused ? Refused : 0) | (recipient.DelayNoticed ? DelayNoticed : 0);

    public static bool IsRefused(long flags) => (flags & Refused) != 0;

    public static bool IsDelayNoticed(long flags) => (flags & DelayNoticed) != 0;

    /// <summary>Over what of a message never changes.</summary>
    public static long Checksum(SpoolMessage message) => Checksum(
        $"{message.Id.Number}|{message.ReceivedAt.ToUnixTimeMilliseconds()}|{message.Mail}|{message.Client}|{message.Helo}|{message.Protocol}|{message.Listener}|{message.MessageId}|{message.ContentBytes}|{message.WireBytes}|{message.Chunks}|{message.BodyChecksum}");

    /// <summary>Over what of a recipient never changes.</summary>
    public static long Checksum(SpoolRecipient recipient) => Checksum($"{recipient.Number}|{recipient.Rcpt}|{recipient.Domain}");

    private static long Checksum(string text) => BodyChecksum.Of(Encoding.UTF8.GetBytes(text));
}
