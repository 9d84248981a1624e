using System.Net;
using System.Net.Sockets;
using System.Text;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Hubs;

/// <summary>Tells a hub that trusts the relay whom it serves: Postfix's XCLIENT extension. After it, the session starts anew with EHLO.</summary>
public static class Xclient
{
    private static readonly HubAnswer Known = Replies.Ok;

    /// <summary>Introduces a client, unless it is the one introduced last.</summary>
    public static async ValueTask<HubAnswer> SendAsync(
        HubConnection connection, string heloName, IPAddress client, string clientHelo, string protocol)
    {
        // XCLIENT has no words for TLS.
        var line = $"XCLIENT ADDR={Address(client)} NAME=[UNAVAILABLE] HELO={Xtext(clientHelo)} PROTO={(protocol.StartsWith('E') ? "ESMTP" : "SMTP")}\r\n";
        if (line == connection.Introduced)
        {
            return Known;
        }

        connection.Introduced = null;
        var answer = await AskAsync(connection, line);
        if (answer is not { Reply.Code: 220 })
        {
            return answer is { Reply.IsPositive: true } ? HubFault.Malformed : answer;
        }

        answer = await AskAsync(connection, $"EHLO {heloName}\r\n");
        if (answer is { Reply.IsPositive: true })
        {
            connection.Capabilities = HubCapabilities.Parse(answer.Reply);
            connection.Introduced = line;
        }

        return answer;
    }

    private static string Address(IPAddress client) =>
        client.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPV6:{client}" : client.ToString();

    // RFC 3461 §4: what is not plain ASCII goes as +XX.
    private static string Xtext(string text)
    {
        var encoded = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(text.Length > 255 ? text[..255] : text))
        {
            if (octet is > (byte)' ' and < 127 and not ((byte)'+' or (byte)'=' or (byte)'[' or (byte)']'))
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append('+').Append(octet.ToString("X2"));
            }
        }

        return encoded.Length == 0 ? "[UNAVAILABLE]" : encoded.ToString();
    }

    private static async ValueTask<HubAnswer> AskAsync(HubConnection connection, string line)
    {
        var fault = await connection.WriteAsync(Encoding.ASCII.GetBytes(line), CancellationToken.None);
        return fault == HubFault.None ? await connection.ReadReplyAsync(HubPhase.Xclient, CancellationToken.None) : fault;
    }
}
