using System.Text.RegularExpressions;

namespace RelayOperator.Chart.Tests.Images;

/// <summary>One instruction: RUN, COPY, …, its flags (--from=x) and the rest.</summary>
internal sealed record DockerInstruction(string Verb, IReadOnlyDictionary<string, string> Flags, string Rest);

/// <summary>A stage: what it starts from, its name and its instructions.</summary>
internal sealed record DockerStage(string Base, string Name, string Platform, IReadOnlyList<DockerInstruction> Instructions);

/// <summary>A Dockerfile in its parts.</summary>
internal sealed partial class DockerfileText
{
    public DockerfileText(string text)
    {
        var stages = new List<(DockerInstruction From, List<DockerInstruction> Instructions)>();
        foreach (var instruction in Instructions(text))
        {
            if (instruction.Verb == "FROM")
            {
                stages.Add((instruction, []));
            }
            else if (stages.Count > 0)
            {
                stages[^1].Instructions.Add(instruction);
            }
            else
            {
                var (name, value) = Pair(instruction.Rest);
                Arguments[name] = value;
            }
        }

        Stages = [.. stages.Select(stage => Stage(stage.From, stage.Instructions))];
    }

    /// <summary>What stands before the first stage: the base images.</summary>
    public Dictionary<string, string> Arguments { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<DockerStage> Stages { get; }

    public DockerStage The(string stage) => Stages.Single(candidate => candidate.Name == stage);

    /// <summary>A stage and those it starts from, the first one first.</summary>
    public IEnumerable<DockerStage> Chain(string name) =>
        Stages.SingleOrDefault(candidate => candidate.Name == name) is { } stage ? [.. Chain(stage.Base), stage] : [];

    /// <summary>NAME=value, where the value may be quoted.</summary>
    public static (string Name, string Value) Pair(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (text, "") : (text[..equals], text[(equals + 1)..].Trim('"'));
    }

    /// <summary>The pairs of LABEL and ENV.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(string text) =>
        PairPattern().Matches(text).Select(match => Pair(match.Value));

    private static DockerStage Stage(DockerInstruction from, List<DockerInstruction> instructions)
    {
        var words = from.Rest.Split(' ');
        return new DockerStage(words[0], words[^1], from.Flags.GetValueOrDefault("platform", ""), instructions);
    }

    private static IEnumerable<DockerInstruction> Instructions(string text)
    {
        var lines = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#'));
        foreach (var line in string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            var (verb, rest) = (words[0], words.Length > 1 ? words[1] : "");
            var flags = new Dictionary<string, string>(StringComparer.Ordinal);
            while (verb is "FROM" or "COPY" && rest.StartsWith("--", StringComparison.Ordinal))
            {
                var flag = rest.Split(' ', 2);
                var (name, value) = Pair(flag[0][2..]);
                flags[name] = value;
                rest = flag[1].TrimStart();
            }

            yield return new DockerInstruction(verb, flags, rest);
        }
    }

    [GeneratedRegex("""[^\s=]+=("[^"]*"|\S*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PairPattern();
}
