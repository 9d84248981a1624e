using System.Buffers;
using System.Globalization;
using System.Text;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>Writes the commands of a transaction for a hub: the client's own parameters, as far as the hub offers them.</summary>
public static class EnvelopeWriter
{
    public static ReadOnlyMemory<byte> DataCommand { get; } = "DATA\r\n"u8.ToArray();

    public static ReadOnlyMemory<byte> Reset { get; } = "RSET\r\n"u8.ToArray();

    public static ReadOnlyMemory<byte> EndOfData { get; } = ".\r\n"u8.ToArray();

    /// <param name="output">Where the command goes.</param>
    /// <param name="mail">What the client said.</param>
    /// <param name="hub">What the hub offers.</param>
    /// <param name="isLoggedIn">The relay has authenticated with the hub.</param>
    /// <param name="size">Octets of the message with the relay's own field; -1 where unknown.</param>
    public static void Mail(IBufferWriter<byte> output, MailCommand mail, HubCapabilities hub, bool isLoggedIn, long size)
    {
        output.Write("MAIL FROM:<"u8);
        Text(output, mail.Path.Address);
        output.Write(">"u8);
        if (size >= 0 && hub.Has(HubExtensions.Size))
        {
            output.Write(" SIZE="u8);
            Span<byte> digits = stackalloc byte[20];
            _ = size.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
            output.Write(digits[..length]);
        }

        if (mail.EightBitMime && hub.Has(HubExtensions.EightBitMime))
        {
            output.Write(" BODY=8BITMIME"u8);
        }

        if (mail.SmtpUtf8 && hub.Has(HubExtensions.SmtpUtf8))
        {
            output.Write(" SMTPUTF8"u8);
        }

        // RFC 4954 §5: to hubs that the relay has authenticated with, and none else.
        if (mail.HasSubmitter && isLoggedIn && !hub.AuthMechanisms.IsEmpty)
        {
            output.Write(" AUTH=<>"u8);
        }

        if (hub.Has(HubExtensions.Dsn))
        {
            Text(output, mail.DsnParameters);
        }

        output.Write("\r\n"u8);
    }

    public static void Rcpt(IBufferWriter<byte> output, RcptCommand rcpt, HubCapabilities hub)
    {
        output.Write("RCPT TO:<"u8);
        Text(output, rcpt.Path.Address);
        output.Write(">"u8);
        if (hub.Has(HubExtensions.Dsn))
        {
            Text(output, rcpt.DsnParameters);
        }

        output.Write("\r\n"u8);
    }

    private static void Text(IBufferWriter<byte> output, string text)
    {
        if (text.Length != 0)
        {
            Encoding.UTF8.GetBytes(text, output);
        }
    }
}
