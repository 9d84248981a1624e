namespace RelayOperator.Relay.Commands;

/// <summary>Asks whoever sits at the terminal.</summary>
internal sealed class Confirmation(TextReader input, bool isTerminal)
{
    /// <summary>Whether there is anybody to ask.</summary>
    public bool IsTerminal => isTerminal;

    /// <summary>Asks; everything but a yes is a no.</summary>
    public async Task<bool> AskAsync(string question, TextWriter output, CancellationToken cancellationToken)
    {
        await output.WriteAsync($"{question} [y/N] ");
        await output.FlushAsync(cancellationToken);
        var answer = await input.ReadLineAsync(cancellationToken);
        return answer?.Trim() is "y" or "Y" or "yes" or "Yes" or "YES";
    }
}
