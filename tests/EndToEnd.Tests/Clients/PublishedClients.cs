using System.Globalization;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using RelayOperator.TestKit;

namespace RelayOperator.EndToEnd.Tests.Clients;

/// <summary>How clients that others wrote are told to send a message.</summary>
internal static class PublishedClients
{
    private const string Smtplib = """
        import smtplib, ssl, sys
        port, security, mechanism, sender, authority, message, recipient, user, password = sys.argv[1:]
        trust = ssl.create_default_context(cafile=authority)
        client = smtplib.SMTP_SSL('localhost', int(port), context=trust) if security == 'Smtps' else smtplib.SMTP('localhost', int(port))
        if security == 'StartTls':
            client.starttls(context=trust)
        if mechanism:
            client.ehlo_or_helo_if_needed()
            client.user, client.password = user, password
            client.auth(mechanism, getattr(client, 'auth_' + mechanism.lower()))
        client.sendmail(sender, [recipient], open(message, 'rb').read())
        client.quit()
        """;

    private const string Nodemailer = """
        const [module, port, security, mechanism, sender, authority, message, recipient, user, password] = process.argv.slice(1);
        const read = require('fs').readFileSync;
        const transport = require(module).createTransport({
          host: '127.0.0.1', port: Number(port),
          secure: security === 'Smtps', requireTLS: security === 'StartTls', ignoreTLS: security === 'None',
          tls: { servername: 'localhost', ca: read(authority) },
          ...(mechanism && { auth: { user, pass: password }, authMethod: mechanism }),
        });
        transport.sendMail({ envelope: { from: sender, to: recipient }, raw: read(message) }).then(() => transport.close(), fault => { console.error(fault); process.exit(1); });
        """;

    /// <summary>Sends with the client of that name; what it said where it failed, "" where it did not.</summary>
    public static Task<string> SendAsync(string client, SendOrder order) => client switch
    {
        "swaks" => RunAsync("swaks", Swaks(order)),
        "curl" => RunAsync("curl", Curl(order)),
        "smtplib" => RunAsync("python3", ["-c", Smtplib, .. Arguments(order)]),
        "nodemailer" => RunAsync("node", ["-e", Nodemailer, Path.Combine(Repository.Root, "artifacts", "nodemailer", "node_modules", "nodemailer"), .. Arguments(order)]),
        "msmtp" => RunAsync("sh", ["-c", "exec msmtp \"$@\" <\"$0\"", order.Message, .. Msmtp(order)]),
        "openssl" => RunAsync("sh", ["-c", "printf '%s' \"$0\" | timeout 20 openssl \"$@\" 2>&1 | grep '^221 '", Dialogue(order), .. Openssl(order)]),
        "MailKit" => MailKitAsync(order),
        _ => throw new ArgumentOutOfRangeException(nameof(client), client, "No client has that name."),
    };

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        var (code, output, error) = await Command.RunAsync(program, arguments);
        return code == 0 ? "" : $"{program} ended with {code}:\n{output}{error}";
    }

    private static string[] Arguments(SendOrder order) =>
    [
        Port(order), order.Security.ToString(), order.Mechanism, order.Sender, order.Authority, order.Message, SendOrder.Recipient, SendOrder.User, SendOrder.Password,
    ];

    private static string[] Swaks(SendOrder order) =>
    [
        "--server", "127.0.0.1", "--port", Port(order), "--from", order.Sender, "--to", SendOrder.Recipient, "--data", "@" + order.Message,
        .. order.Security switch { Security.StartTls => ["--tls"], Security.Smtps => ["--tls-on-connect"], _ => (string[])[] },
        .. order.Mechanism.Length == 0 ? (string[])[] : ["--auth", order.Mechanism, "--auth-user", SendOrder.User, "--auth-password", SendOrder.Password],
    ];

    private static string[] Curl(SendOrder order) =>
    [
        "--ipv4", "--silent", "--show-error", "--mail-from", order.Sender, "--mail-rcpt", SendOrder.Recipient, "--upload-file", order.Message, "--cacert", order.Authority,
        .. order.Security == Security.StartTls ? ["--ssl-reqd"] : (string[])[],
        .. order.Mechanism.Length == 0 ? (string[])[] : ["--user", $"{SendOrder.User}:{SendOrder.Password}", "--login-options", $"AUTH={order.Mechanism}"],
        $"{(order.Security == Security.Smtps ? "smtps" : "smtp")}://localhost:{Port(order)}/client.test",
    ];

    private static string[] Msmtp(SendOrder order) =>
    [
        "--host=localhost", $"--port={Port(order)}", $"--from={order.Sender}",
        .. order.Security == Security.None ? (string[])[] : ["--tls=on", $"--tls-starttls={(order.Security == Security.StartTls ? "on" : "off")}", $"--tls-trust-file={order.Authority}"],
        .. order.Mechanism.Length == 0 ? (string[])[] : [$"--auth={order.Mechanism.ToLowerInvariant()}", $"--user={SendOrder.User}", $"--passwordeval=echo {SendOrder.Password}"],
        SendOrder.Recipient,
    ];

    private static string[] Openssl(SendOrder order) =>
    [
        "s_client", "-connect", $"127.0.0.1:{Port(order)}", "-CAfile", order.Authority, "-verify_return_error", "-verify_hostname", "localhost", "-quiet", "-crlf",
        .. order.Security == Security.StartTls ? ["-starttls", "smtp"] : (string[])[],
    ];

    // All at once, as somebody types ahead.
    private static string Dialogue(SendOrder order) => string.Concat(
        "EHLO client.test\n",
        order.Mechanism switch
        {
            "PLAIN" => $"AUTH PLAIN {Base64($"\0{SendOrder.User}\0{SendOrder.Password}")}\n",
            "LOGIN" => $"AUTH LOGIN\n{Base64(SendOrder.User)}\n{Base64(SendOrder.Password)}\n",
            _ => "",
        },
        $"MAIL FROM:<{order.Sender}>\nRCPT TO:<{SendOrder.Recipient}>\nDATA\n{File.ReadAllText(order.Message).ReplaceLineEndings("\n")}.\nQUIT\n");

    private static async Task<string> MailKitAsync(SendOrder order)
    {
        // Its chain is for the others to verify.
        using var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost" };
        await client.ConnectAsync("127.0.0.1", order.Port, order.Security switch
        {
            Security.StartTls => SecureSocketOptions.StartTls,
            Security.Smtps => SecureSocketOptions.SslOnConnect,
            _ => SecureSocketOptions.None,
        });
        if (order.Mechanism.Length != 0)
        {
            await client.AuthenticateAsync(order.Mechanism == "PLAIN" ? new SaslMechanismPlain(SendOrder.User, SendOrder.Password) : new SaslMechanismLogin(SendOrder.User, SendOrder.Password));
        }

        using var message = await MimeMessage.LoadAsync(order.Message);
        await client.SendAsync(message, new MailboxAddress("", order.Sender), [new MailboxAddress("", SendOrder.Recipient)]);
        await client.DisconnectAsync(quit: true);
        return "";
    }

    private static string Port(SendOrder order) => order.Port.ToString(CultureInfo.InvariantCulture);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
