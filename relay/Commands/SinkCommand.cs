using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Relay.Sink;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay sink</c>: a hub to try things on.</summary>
public static class SinkCommand
{
    private static readonly Option<IPEndPoint> Listen = new("--listen")
    {
        Description = "Where to listen; port 0 takes a free one.",
        HelpName = "ADDRESS:PORT",
        CustomParser = AddressArgument.Listen,
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 2526),
    };

    private static readonly Option<string> Tls = new Option<string>("--tls")
    {
        Description = "Offer STARTTLS, or speak TLS from the first byte.",
        DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "starttls", "implicit");

    private static readonly Option<FileInfo> Certificate = new Option<FileInfo>("--tls-cert")
    {
        Description = "PEM file with certificate and key; without it a self-signed one is made.",
        HelpName = "PEM",
    }.AcceptExistingOnly();

    private static readonly Option<ImmutableArray<ScriptedReply>> Replies = new("--reply")
    {
        Description = """
            Answer otherwise at a phase (banner, ehlo, mail, rcpt, data, dot): PHASE=CODE or PHASE="CODE x.y.z text".
            With *N at the end only every Nth time, counted over all sessions: rcpt=450*3. May be given often;
            of two for one phase the first that is due speaks.
            """,
        HelpName = "PHASE=REPLY[*N]",
        CustomParser = ParseReplies,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> Delay = new("--delay-ms")
    {
        Description = "Wait so long before the verdict after each message's final dot.",
        HelpName = "N",
        Validators = { result => Positive(result, 0) },
    };

    private static readonly Option<DirectoryInfo> Keep = new("--keep")
    {
        Description = "Keep each accepted message in this folder as a file, fsynced before its 250.",
        HelpName = "DIR",
    };

    private static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "No line a second, only where it listens and the summary.",
    };

    public static Command Create()
    {
        var command = new Command("sink", "A hub to try things on: takes mail, counts it, keeps or refuses it as told.")
        {
            Listen, Tls, Certificate, Replies, Delay, Keep, Quiet,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, TimeProvider.System, cancellationToken));
        return command;
    }

    internal static void Positive(OptionResult result, int least)
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var number) && number < least)
        {
            result.AddError($"{result.Option.Name} must be {least} or more, not {number}.");
        }
    }

    private static ImmutableArray<ScriptedReply> ParseReplies(ArgumentResult result)
    {
        var replies = ImmutableArray.CreateBuilder<ScriptedReply>();
        foreach (var token in result.Tokens)
        {
            if (ScriptedReply.Parse(token.Value, out var fault) is { } reply)
            {
                replies.Add(reply);
            }
            else
            {
                result.AddError(fault);
            }
        }

        return replies.ToImmutable();
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        using var termination = new TerminationSignal(cancellationToken);
        var listen = parsed.GetRequiredValue(Listen);
        var output = parsed.InvocationConfiguration.Output;
        try
        {
            var tls = Enum.Parse<SinkTls>(parsed.GetRequiredValue(Tls), ignoreCase: true);
            using var certificate = LoadCertificate(tls, parsed.GetValue(Certificate), listen.Address, time);
            var options = new SinkOptions
            {
                Listen = listen,
                Tls = tls,
                Certificate = certificate,
                Replies = parsed.GetValue(Replies),
                Delay = TimeSpan.FromMilliseconds(parsed.GetValue(Delay)),
                Keep = parsed.GetValue(Keep),
            };
            await using var sink = SinkServer.Start(options, time);
            var report = new SinkReport(sink.Counters, time);
            await output.WriteLineAsync($"sink listening on {sink.EndPoint}{(tls == SinkTls.None ? "" : $", TLS {parsed.GetValue(Tls)}")}{(options.Keep is null ? "" : $", keeping messages in {options.Keep}")}");
            await ReportAsync(report, parsed.GetValue(Quiet) ? TextWriter.Null : output, time, termination.Token);
            await sink.DisposeAsync();
            await output.WriteLineAsync(report.Summary(sink.EndPoint.ToString()));
            return 0;
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"relay sink: cannot serve {listen}: {exception.Message}");
            return 1;
        }
    }

    private static X509Certificate2? LoadCertificate(SinkTls tls, FileInfo? file, IPAddress address, TimeProvider time) => tls switch
    {
        SinkTls.None => null,
        _ when file is not null => SinkCertificate.Load(file),
        _ => SinkCertificate.SelfSigned(address, time),
    };

    private static async Task ReportAsync(SinkReport report, TextWriter output, TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (report.NextLine() is { } line)
                {
                    await output.WriteLineAsync(line);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to leave.
        }
    }
}
