using System.Net;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>An envelope that is to be taken back: read, checked, and with the routes of the relay that takes it. Pure.</summary>
internal sealed record ImportedMessage(SpoolId Id, QueuedMessage Source, IPAddress Client, IReadOnlyList<SpoolRecipient> Recipients)
{
    private const int MostAttempts = 50;

    /// <summary>Reads an envelope; a text where it is none that can be taken.</summary>
    public static (ImportedMessage? Message, string? Fault) Read(QueuedMessage source, RouteTable routes)
    {
        if (source.FormatVersion is < 1 or > QueuedMessage.Format)
        {
            return (null, $"formatVersion {source.FormatVersion} is not known here, where {QueuedMessage.Format} is the latest: import it with the version of relay that exported it, or a later one");
        }

        if (!SpoolId.TryParse(source.Id, out var id))
        {
            return (null, $"id: '{source.Id}' is no id of a message");
        }

        if (!MailCommand.TryParse(source.Mail, out var mail, out _))
        {
            return (null, $"mail: '{source.Mail}' is no argument of MAIL, such as FROM:<a@x.example>");
        }

        if (!IPAddress.TryParse(source.Client, out var client))
        {
            return (null, $"client: '{source.Client}' is no IP address");
        }

        if (source.Protocol is not ("SMTP" or "ESMTP" or "SMTPS" or "ESMTPS" or "ESMTPA" or "ESMTPSA"))
        {
            return (null, $"protocol: '{source.Protocol}' is none of SMTP, ESMTP, SMTPS, ESMTPS, ESMTPA and ESMTPSA");
        }

        if (!IsLine(source.Helo) || !IsLine(source.Listener) || !IsLine(source.MessageId))
        {
            return (null, "helo, listener and messageId are texts of one line");
        }

        var (recipients, fault) = ReadRecipients(source, routes);
        return fault is null ? (new ImportedMessage(id, source with { Mail = mail!.ToArgument() }, client, recipients), null) : (null, fault);
    }

    /// <summary>What was tried elsewhere, the first attempts of very many.</summary>
    public IReadOnlyList<AttemptNote> Attempts { get; } =
        [.. Source.Attempts.Take(MostAttempts).Select(attempt => new AttemptNote(attempt.At, attempt.Route, attempt.Hub, attempt.Reply, attempt.Recipients))];

    /// <summary>Whether a message of its id is this one, as far as its envelope tells.</summary>
    public bool IsSameAs(SpoolMessage other) =>
        (Source.ReceivedAt.ToUnixTimeMilliseconds(), Source.Size, Source.MessageId) == (other.ReceivedAt.ToUnixTimeMilliseconds(), other.ContentBytes, other.MessageId);

    /// <summary>The message to be committed, once its body is in the spool.</summary>
    public SpoolMessage ToSpooled(BodyAppender body, long contentBytes) => new()
    {
        Id = Id,
        ReceivedAt = Source.ReceivedAt,
        Mail = Source.Mail,
        Client = Client,
        Helo = Source.Helo,
        Protocol = Source.Protocol,
        Listener = Source.Listener,
        MessageId = Source.MessageId,
        ContentBytes = contentBytes,
        WireBytes = body.Bytes,
        Chunks = body.Chunks,
        BodyChecksum = body.Checksum,
        Recipients = Recipients.Count,
    };

    private static (List<SpoolRecipient> Recipients, string? Fault) ReadRecipients(QueuedMessage source, RouteTable routes)
    {
        List<SpoolRecipient> recipients = new(source.Recipients.Length);
        HashSet<int> numbers = [];
        foreach (var recipient in source.Recipients)
        {
            if (!RcptCommand.TryParse(recipient.Rcpt, out var rcpt, out _))
            {
                return (recipients, $"recipients[{recipients.Count}].rcpt: '{recipient.Rcpt}' is no argument of RCPT, such as TO:<b@y.example>");
            }

            if (recipient.Number < 0 || recipient.Tries < 0 || !numbers.Add(recipient.Number) || !IsLine(recipient.LastHub))
            {
                return (recipients, $"recipients[{recipients.Count}]: number has to be 0 or more and of one recipient alone, tries 0 or more, lastHub a text of one line");
            }

            recipients.Add(Taken(recipient, rcpt!, routes));
        }

        return (recipients, recipients.Count == 0 ? "recipients: there is none" : null);
    }

    // The rules of this relay decide about the way; a route that an access rule fixed stays where there is one of its name.
    private static SpoolRecipient Taken(QueuedRecipient recipient, RcptCommand rcpt, RouteTable routes)
    {
        var isFixed = recipient.RouteIsFixed && routes.Named(recipient.Route) is not null;
        return new SpoolRecipient
        {
            Number = recipient.Number,
            Rcpt = rcpt.ToArgument(),
            Domain = rcpt.Path.Domain,
            Route = isFixed ? recipient.Route : routes.For(rcpt.Path.Domain).Name,
            RouteIsFixed = isFixed,
            State = Taken(recipient.State),
            Due = recipient.Due,
            Attempts = recipient.Tries,
            LastReply = recipient.LastReply,
            LastHub = recipient.LastHub,
            LastAttempt = recipient.LastAttempt,
            IsRefused = recipient.IsRefused,
            DelayNoticed = recipient.DelayNoticed,
        };
    }

    // Nobody here has a claim on it, nor waits for a verdict. What was damaged is looked at before it is sent.
    private static RecipientState Taken(RecipientState state) => state switch
    {
        RecipientState.Inactive or RecipientState.InDoubt => RecipientState.Waiting,
        RecipientState.Damaged => RecipientState.Held,
        _ => state,
    };

    // What goes into a hub's line must not begin another one.
    private static bool IsLine(string text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                return false;
            }
        }

        return true;
    }
}
