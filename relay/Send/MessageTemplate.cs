using System.Globalization;
using MimeKit;

namespace RelayOperator.Relay.Send;

/// <summary>
/// Makes the messages of one run: all alike but for their id, which stands in <see cref="IdHeader"/> and so tells
/// afterwards which message arrived where, and how often.
/// </summary>
public sealed class MessageTemplate
{
    /// <summary>The header field that carries a message's id.</summary>
    public const string IdHeader = "X-Relay-Send-Id";

    private const int LineLength = 72;

    private readonly TimeProvider _time;
    private readonly string _run;
    private readonly byte[] _body;

    /// <summary>Takes from <paramref name="run"/> what makes the ids of different runs differ.</summary>
    public MessageTemplate(SendOptions options, string run, TimeProvider time)
    {
        _time = time;
        _run = run;
        From = MailboxAddress.Parse(options.From);
        Recipient = MailboxAddress.Parse(options.Recipient);
        _body = "\r\n"u8.ToArray();
        _body = Body(options.Size - HeaderBytes());
    }

    public MailboxAddress From { get; }

    public MailboxAddress Recipient { get; }

    /// <summary>The message of this number, with its id.</summary>
    public (MimeMessage Message, string Id) Make(int number)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{_run}-{number:D7}");
        var message = new MimeMessage
        {
            Subject = "Sent by relay send",
            Date = _time.GetUtcNow(),
            MessageId = $"{id}@relay-send.invalid",
            Body = new MimePart("text", "plain")
            {
                Content = new MimeContent(new MemoryStream(_body, writable: false)),
                ContentTransferEncoding = ContentEncoding.SevenBit,
            },
        };
        message.From.Add(From);
        message.To.Add(Recipient);
        message.Headers.Add(IdHeader, id);
        return (message, id);
    }

    private static byte[] Body(int bytes)
    {
        var body = new byte[Math.Max(0, bytes)];
        for (var i = 0; i < body.Length; i++)
        {
            body[i] = (i % LineLength) switch
            {
                LineLength - 2 => (byte)'\r',
                LineLength - 1 => (byte)'\n',
                var column => (byte)('a' + (column % 26)),
            };
        }

        if (body.Length >= 2)
        {
            body[^1] = (byte)'\n';
            body[^2] = (byte)'\r';
        }

        if (body.Length >= 3 && body[^3] == '\r')
        {
            body[^3] = (byte)'a';
        }

        return body;
    }

    private int HeaderBytes()
    {
        using var measured = new MemoryStream();
        var (message, _) = Make(0);
        using (message)
        {
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            message.WriteTo(format, measured);
        }

        return (int)measured.Length - _body.Length;
    }
}
