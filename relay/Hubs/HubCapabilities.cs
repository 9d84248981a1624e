using System.Collections.Immutable;
using System.Globalization;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Hubs;

/// <summary>SMTP extensions that matter to the relay, as flags for quick comparison.</summary>
[Flags]
public enum HubExtensions
{
    None = 0,
    Pipelining = 1,
    EightBitMime = 2,
    SmtpUtf8 = 4,
    Dsn = 8,
    EnhancedStatusCodes = 16,
    StartTls = 32,
    Chunking = 64,
    Xclient = 128,
    Size = 256,
}

/// <summary>What a hub offered in its last EHLO reply.</summary>
/// <param name="Extensions">The extensions the relay knows.</param>
/// <param name="MaxMessageBytes">SIZE's limit in bytes; 0 means none was named (RFC 1870).</param>
/// <param name="AuthMechanisms">SASL mechanisms, upper case.</param>
/// <param name="LoopUid">The uid behind XRELAYOPERATOR where the hub is a relay of this product; empty otherwise.</param>
public sealed record HubCapabilities(
    HubExtensions Extensions, long MaxMessageBytes, ImmutableArray<string> AuthMechanisms, string LoopUid)
{
    /// <summary>A hub that knows HELO only.</summary>
    public static HubCapabilities HeloOnly { get; } = new(HubExtensions.None, 0, [], "");

    public bool Has(HubExtensions wanted) => (Extensions & wanted) == wanted;

    /// <summary>Whether a message of so many bytes fits; an unnamed limit fits any.</summary>
    public bool Fits(long bytes) => MaxMessageBytes == 0 || bytes <= MaxMessageBytes;

    /// <summary>Reads the 250 reply to EHLO (RFC 5321 §4.1.1.1); unknown keywords are passed over.</summary>
    public static HubCapabilities Parse(SmtpReply ehlo)
    {
        var extensions = HubExtensions.None;
        long size = 0;
        ImmutableArray<string> mechanisms = [];
        var uid = "";
        foreach (var line in ehlo.Lines.AsSpan()[Math.Min(1, ehlo.Lines.Length)..])
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            switch (words[0].ToUpperInvariant())
            {
                case "PIPELINING": extensions |= HubExtensions.Pipelining; break;
                case "8BITMIME": extensions |= HubExtensions.EightBitMime; break;
                case "SMTPUTF8": extensions |= HubExtensions.SmtpUtf8; break;
                case "DSN": extensions |= HubExtensions.Dsn; break;
                case "ENHANCEDSTATUSCODES": extensions |= HubExtensions.EnhancedStatusCodes; break;
                case "STARTTLS": extensions |= HubExtensions.StartTls; break;
                case "CHUNKING": extensions |= HubExtensions.Chunking; break;
                case "XCLIENT": extensions |= HubExtensions.Xclient; break;
                case "SIZE":
                    extensions |= HubExtensions.Size;
                    _ = words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out size);
                    break;
                case "AUTH":
                    mechanisms = [.. words.Skip(1).Select(word => word.ToUpperInvariant())];
                    break;
                case "XRELAYOPERATOR":
                    uid = words.Length > 1 ? words[1] : "";
                    break;
            }
        }

        return new HubCapabilities(extensions, size, mechanisms, uid);
    }
}
