using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// Asks a hub whether it works, on a connection of its own, as deep as configured; always ends with QUIT, never sends
/// mail.
/// </summary>
public static class HubProbe
{
    private static readonly ReadOnlyMemory<byte> Envelope = "MAIL FROM:<>\r\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Recipient = "RCPT TO:<postmaster>\r\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Reset = "RSET\r\n"u8.ToArray();

    public static async ValueTask<ProbeReport> RunAsync(
        HubConnector connector, ProbeDepth depth, TimeProvider time, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var steps = ImmutableArray.CreateBuilder<ProbeStep>();
        var started = time.GetTimestamp();
        HubConnectResult result = default;
        try
        {
            result = await connector.ConnectAsync(depth, long.MaxValue, linked.Token);
            if (result.Connection is not { } connection)
            {
                var text = result.Answer.HasReply ? result.Answer.ToString() : $"{result.Answer} {result.Detail}".TrimEnd();
                steps.Add(new(result.Phase, false, text, time.GetElapsedTime(started)));
                return Report(steps, result.Answer.Fault, null);
            }

            steps.Add(new(DeepestOf(depth, connection), true, Describe(connection), time.GetElapsedTime(started)));
            if (depth == ProbeDepth.Recipient)
            {
                await AskAsync(connection, Envelope, HubPhase.Mail, steps, time, linked.Token);
                if (steps[^1].Ok)
                {
                    await AskAsync(connection, Recipient, HubPhase.FirstRcpt, steps, time, linked.Token);
                    await AskAsync(connection, Reset, HubPhase.Rset, steps, time, linked.Token);
                }
            }

            var capabilities = connection.Capabilities;
            await connection.QuitAsync(linked.Token);
            return Report(steps, HubFault.None, capabilities);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            steps.Add(new(result.Phase, false, $"no answer within {limit.TotalSeconds:0.#} s", time.GetElapsedTime(started)));
            return Report(steps, HubFault.TimedOut, null);
        }
        finally
        {
            result.Connection?.Dispose();
        }
    }

    private static async ValueTask AskAsync(
        HubConnection connection,
        ReadOnlyMemory<byte> line,
        HubPhase phase,
        ImmutableArray<ProbeStep>.Builder steps,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var fault = await connection.WriteAsync(line, cancellationToken);
        var answer = fault == HubFault.None ? await connection.ReadReplyAsync(phase, cancellationToken) : fault;
        steps.Add(new(phase, IsWorking(answer), answer.ToString(), time.GetElapsedTime(started)));
    }

    // That a hub does not know postmaster is its own affair; that it lacks storage or a back end is not.
    private static bool IsWorking(HubAnswer answer) =>
        answer.HasReply && (answer.Reply.IsPositive || (answer.Reply.IsPermanent && ReplyCompletion.WithEnhancedCode(answer.Reply, HubPhase.FirstRcpt).Enhanced.Subject == 1));

    private static HubPhase DeepestOf(ProbeDepth depth, HubConnection connection) => depth switch
    {
        ProbeDepth.Connect => HubPhase.Banner,
        ProbeDepth.Ehlo => HubPhase.Ehlo,
        ProbeDepth.Tls => connection.TlsDescription.Length != 0 ? HubPhase.Tls : HubPhase.Ehlo,
        _ => HubPhase.Auth,
    };

    private static string Describe(HubConnection connection) =>
        connection.TlsDescription.Length == 0 ? $"{connection.Capabilities.Extensions}" : $"{connection.Capabilities.Extensions}; {connection.TlsDescription}";

    private static ProbeReport Report(ImmutableArray<ProbeStep>.Builder steps, HubFault fault, HubCapabilities? capabilities)
    {
        var failed = steps.FirstOrDefault(step => !step.Ok);
        return new(failed is null, failed is null ? "" : $"{failed.Phase}: {failed.Text}", fault, capabilities, steps.ToImmutable());
    }
}
