using System.Globalization;
using System.Text;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary>How the queue tools show messages to people. Pure.</summary>
internal static class QueueTable
{
    /// <summary>Over the rows of a list.</summary>
    public static string Header { get; } = Row("ID", "AGE", "SIZE", "STATE", "TRIES", "NEXT", "ROUTE", "SENDER", "RECIPIENTS");

    /// <summary>A message as a row; of several recipients the one that was tried most and is due first speaks for the columns.</summary>
    public static string Row(QueuedMessage message, DateTimeOffset now)
    {
        var due = message.Recipients.Length == 0 ? now : message.Recipients.Min(recipient => recipient.Due);
        return Row(
            message.Id,
            Age(now - message.ReceivedAt),
            Size(message.Size),
            string.Join(',', message.Recipients.Select(recipient => recipient.State).Distinct()),
            message.Recipients.Select(recipient => recipient.Tries).DefaultIfEmpty().Max().ToString(CultureInfo.InvariantCulture),
            due <= now ? "now" : Age(due - now),
            string.Join(',', message.Recipients.Select(recipient => recipient.Route).Distinct(StringComparer.Ordinal)),
            Sender(message.Mail),
            message.Recipients.Length == 0 ? "" : Recipient(message.Recipients[0].Rcpt) + (message.Recipients.Length == 1 ? "" : $" +{message.Recipients.Length - 1}"));
    }

    /// <summary>All of a message.</summary>
    public static string Page(QueuedMessage message, DateTimeOffset now)
    {
        var text = new StringBuilder();
        Line("Id", message.Id);
        Line("Received", $"{Time(message.ReceivedAt)}, {Age(now - message.ReceivedAt)} ago");
        Line("Size", $"{message.Size} bytes");
        Line("MAIL", message.Mail);
        Line("Client", $"{message.Client} helo={message.Helo} protocol={message.Protocol} listener={message.Listener}");
        Line("Message-ID", message.MessageId);
        foreach (var recipient in message.Recipients)
        {
            text.AppendLine();
            Line("RCPT", $"{recipient.Rcpt}  [{recipient.Number}]");
            Line("State", $"{recipient.State}{(recipient.IsRefused ? ", refused for good: the sender is still to be told" : "")}");
            Line("Due", recipient.Due <= now ? $"{Time(recipient.Due)}, now" : $"{Time(recipient.Due)}, in {Age(recipient.Due - now)}");
            Line("Route", $"{recipient.Route}{(recipient.RouteIsFixed ? ", by its access rule" : "")}");
            Line("Tries", $"{recipient.Tries}{(recipient.DelayNoticed ? ", the sender was told of the delay" : "")}");
            Line("Last", recipient.LastAttempt is { } last ? Words(last, recipient.LastHub, recipient.LastReply) : recipient.LastReply);
        }

        text.AppendLine().Append(message.Attempts.IsEmpty ? "No attempts yet" : "Attempts");
        foreach (var attempt in message.Attempts)
        {
            text.AppendLine().Append($"  {Words(attempt.At, attempt.Hub, attempt.Reply)}  route={attempt.Route} recipients=[{string.Join(',', attempt.Recipients)}]");
        }

        return text.ToString();

        void Line(string name, string value) => text.AppendLine($"{name,-10}  {value}".TrimEnd());
    }

    /// <summary>A number of messages in words.</summary>
    public static string Messages(long count) => count == 1 ? "1 message" : $"{count} messages";

    private static string Words(DateTimeOffset at, string hub, string reply) => $"{Time(at)}  {(hub.Length == 0 ? "" : hub + ": ")}{reply.ReplaceLineEndings(" ")}";

    private static string Row(string id, string age, string size, string state, string tries, string next, string route, string sender, string recipients) =>
        $"{id,-13}  {age,4}  {size,6}  {state,-8}  {tries,5}  {next,4}  {route,-10}  {sender,-28}  {recipients}";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string Age(TimeSpan age) =>
        age < TimeSpan.Zero ? "0s"
        : age < TimeSpan.FromMinutes(2) ? $"{(long)age.TotalSeconds}s"
        : age < TimeSpan.FromHours(2) ? $"{(long)age.TotalMinutes}m"
        : age < TimeSpan.FromDays(2) ? $"{(long)age.TotalHours}h"
        : $"{(long)age.TotalDays}d";

    private static string Size(long bytes) => bytes switch
    {
        < 10_000 => $"{bytes}",
        < 10_000_000 => $"{bytes / 1000}k",
        _ => $"{bytes / 1_000_000}M",
    };

    private static string Sender(string mail) =>
        MailCommand.TryParse(mail, out var command, out _) ? command!.Path.IsNull ? "<>" : command.Path.Address : mail;

    private static string Recipient(string rcpt) => RcptCommand.TryParse(rcpt, out var command, out _) ? command!.Path.Address : rcpt;
}
