using System.CommandLine;
using System.CommandLine.Parsing;
using MimeKit;
using RelayOperator.Api;
using RelayOperator.Relay.Send;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay send</c>: a client that measures.</summary>
public static class SendCommand
{
    private static readonly Option<HostPort> To = new("--to")
    {
        Description = "Server to send to.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = AddressArgument.Server,
    };

    private static readonly Option<int> Count = Number("--count", "Messages in all.", 1, 1);
    private static readonly Option<int> Concurrency = Number("--concurrency", "Connections at a time.", 1, 1);
    private static readonly Option<int> Size = Number("--size", "Bytes of one message, header included.", 1024, 0);
    private static readonly Option<int> PerConnection = Number("--per-connection", "Messages per connection; 0 for as many as there are.", 0, 0);
    private static readonly Option<int> Rate = Number("--rate", "Messages a second in all; 0 for as fast as it goes.", 0, 0);
    private static readonly Option<int> WaitSeconds = Number("--wait-seconds", "Wait so long at most until the server greets.", 0, 0);
    private static readonly Option<string> From = Address("--from", "Sender.", "sender@example.com");
    private static readonly Option<string> Recipient = Address("--rcpt", "Recipient.", "recipient@example.net");

    private static readonly Option<string> Tls = new Option<string>("--tls")
    {
        Description = "How to secure the connection.",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "starttls", "implicit");

    private static readonly Option<bool> Insecure = new("--insecure")
    {
        Description = "Take any certificate, as the self-signed one of a sink.",
    };

    private static readonly Option<string> User = new("--user")
    {
        Description = "Log in by this name; needs --password-file and TLS.",
        HelpName = "NAME",
    };

    private static readonly Option<FileInfo> PasswordFile = new Option<FileInfo>("--password-file")
    {
        Description = "File whose first line is the password.",
        HelpName = "FILE",
    }.AcceptExistingOnly();

    private static readonly Option<FileInfo> IdFile = new("--id-file")
    {
        Description = $"Write the {MessageTemplate.IdHeader} of each acknowledged message to this file.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var command = new Command("send", "Send messages, each tried once, and print rate, latencies and every distinct error.")
        {
            To, Count, Concurrency, Size, From, Recipient, Tls, Insecure, User, PasswordFile, PerConnection, Rate, IdFile, WaitSeconds,
        };
        command.Validators.Add(CheckLogin);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, TimeProvider.System, cancellationToken));
        return command;
    }

    private static Option<int> Number(string name, string description, int usual, int least) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => usual,
        Validators = { result => SinkCommand.Positive(result, least) },
    };

    private static Option<string> Address(string name, string description, string usual) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => usual,
        Validators =
        {
            result =>
            {
                if (result.Tokens.Count > 0 && !MailboxAddress.TryParse(result.Tokens[0].Value, out _))
                {
                    result.AddError($"{name}: '{result.Tokens[0].Value}' is no mail address.");
                }
            },
        },
    };

    private static void CheckLogin(CommandResult result)
    {
        var user = result.GetResult(User) is not null;
        if (user != result.GetResult(PasswordFile) is not null)
        {
            result.AddError("--user and --password-file go together.");
        }
        else if (user && result.GetValue(Tls) is null or "none" /* a default is not yet there */)
        {
            result.AddError("--user needs --tls starttls or --tls implicit: a password does not travel in the clear.");
        }
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        using var termination = new TerminationSignal(cancellationToken);
        var output = parsed.InvocationConfiguration.Output;
        try
        {
            var options = await ReadOptionsAsync(parsed, termination.Token);
            var wait = parsed.GetValue(WaitSeconds);
            if (wait > 0 && await ServerGreeting.WaitAsync(options, TimeSpan.FromSeconds(wait), time, termination.Token) is { } seen)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"relay send: {parsed.GetRequiredValue(To)} did not greet within {wait} s: {seen}");
                return 1;
            }

            using var ids = new AcknowledgedIds(parsed.GetValue(IdFile));
            var run = new SendRun(options, new MessageTemplate(options, Guid.NewGuid().ToString("N")[..8], time), ids, time);
            using var done = new CancellationTokenSource();
            var progress = new SendProgress(run, options.Count, output, !Console.IsOutputRedirected, time).ShowAsync(done.Token);
            await run.RunAsync(termination.Token);
            var summary = run.Statistics.Summarize(run.Elapsed);
            await done.CancelAsync();
            await progress;
            await output.WriteAsync(summary.Format(options.Count));
            return summary.Acknowledged == options.Count ? 0 : 1;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"relay send: {exception.Message}");
            return 1;
        }
    }

    private static async Task<SendOptions> ReadOptionsAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var to = parsed.GetRequiredValue(To);
        var password = parsed.GetValue(PasswordFile) is { } file ? await File.ReadAllLinesAsync(file.FullName, cancellationToken) : [];
        return new SendOptions
        {
            Host = to.Host,
            Port = to.Port,
            Count = parsed.GetValue(Count),
            Concurrency = parsed.GetValue(Concurrency),
            Size = parsed.GetValue(Size),
            From = parsed.GetRequiredValue(From),
            Recipient = parsed.GetRequiredValue(Recipient),
            Tls = Enum.Parse<SendTls>(parsed.GetRequiredValue(Tls), ignoreCase: true),
            Insecure = parsed.GetValue(Insecure),
            User = parsed.GetValue(User) ?? "",
            Password = password.Length > 0 ? password[0] : "",
            PerConnection = parsed.GetValue(PerConnection),
            Rate = parsed.GetValue(Rate),
        };
    }
}
