using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RelayOperator.Api.Yaml;

/// <summary>
/// Composes documents from parser events, keeping line numbers. Bounded where the input could make it explode: nesting,
/// and what aliases add up to. What is wrong becomes a fault; after a syntax error the documents before it remain.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 50;
    private const int MaxAliasedNodes = 100_000;

    private readonly Parser parser;
    private readonly List<YamlDocument> documents = [];
    private readonly List<YamlFault> faults = [];

    /// <summary>Finished anchors of the document with the number of nodes under them; null while one is open.</summary>
    private readonly Dictionary<string, (YamlNode Node, long Nodes)?> anchors = new(StringComparer.Ordinal);

    private long nodes;
    private long aliased;

    private YamlReader(string text) => parser = new Parser(new StringReader(text));

    public static (ImmutableArray<YamlDocument> Documents, ImmutableArray<YamlFault> Faults) Read(string text)
    {
        var reader = new YamlReader(text);
        reader.ReadAll();
        return ([.. reader.documents], [.. reader.faults]);
    }

    private bool Exploded => aliased > MaxAliasedNodes;

    private void ReadAll()
    {
        try
        {
            while (!Exploded && parser.MoveNext())
            {
                if (parser.Current is DocumentStart)
                {
                    anchors.Clear();
                    _ = parser.MoveNext();
                    var root = Compose(0);
                    documents.Add(new YamlDocument(documents.Count + 1, root));
                }
            }
        }
        catch (YamlException error)
        {
            NotYaml(Line(error.Start), error.Message);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The parser is another project's; what it trips over is unreadable YAML all the same.
            NotYaml(parser.Current is { } last ? Line(last.Start) : 1, error.Message);
        }
    }

    private YamlNode Compose(int depth)
    {
        nodes++;
        switch (parser.Current)
        {
            case AnchorAlias alias:
                return Resolve(alias);
            case Scalar scalar:
                var text = new YamlScalar(Line(scalar.Start), scalar.Value, IsPlain(scalar));
                Keep(scalar, text, nodes - 1);
                return text;
            case NodeEvent collection when depth >= MaxDepth:
                Fault(collection, "more than 50 levels of nesting", "at most 50");
                SkipCollection();
                return new YamlScalar(Line(collection.Start), "", Plain: true);
            case SequenceStart start:
                return ComposeSequence(start, depth);
            case MappingStart start:
                return ComposeMapping(start, depth);
            default:
                // DocumentEnd right behind its start: an empty document.
                return new YamlScalar(Line(parser.Current!.Start), "", Plain: true);
        }
    }

    private YamlSequence ComposeSequence(SequenceStart start, int depth)
    {
        var before = Open(start);
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (!Exploded && parser.MoveNext() && parser.Current is not SequenceEnd)
        {
            items.Add(Compose(depth + 1));
        }

        var sequence = new YamlSequence(Line(start.Start), items.DrainToImmutable());
        Keep(start, sequence, before);
        return sequence;
    }

    private YamlMapping ComposeMapping(MappingStart start, int depth)
    {
        var before = Open(start);
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        while (!Exploded && parser.MoveNext() && parser.Current is not MappingEnd)
        {
            var keyEvent = parser.Current!;
            var key = Compose(depth + 1);
            if (Exploded || !parser.MoveNext())
            {
                break;
            }

            var value = Compose(depth + 1);
            if (key is YamlScalar name)
            {
                entries.Add(new YamlEntry(name.Value, name.Line, value));
            }
            else
            {
                Fault(keyEvent, $"{key.Describe()} as a key", "a word as a key");
            }
        }

        var mapping = new YamlMapping(Line(start.Start), entries.DrainToImmutable());
        Keep(start, mapping, before);
        return mapping;
    }

    private YamlNode Resolve(AnchorAlias alias)
    {
        var name = alias.Value.Value;
        if (!anchors.TryGetValue(name, out var anchored))
        {
            Fault(alias, $"the alias *{name}", $"an alias of an anchor before it in the same document; there is no &{name}");
        }
        else if (anchored is null)
        {
            Fault(alias, $"the alias *{name} inside of what &{name} marks", "an alias that does not hold itself");
        }
        else
        {
            aliased += anchored.Value.Nodes;
            nodes += anchored.Value.Nodes;
            if (Exploded)
            {
                Fault(alias, "aliases that add up to more than 100000 values", "at most that; write the values out");
            }

            return anchored.Value.Node;
        }

        return new YamlScalar(Line(alias.Start), "", Plain: true);
    }

    private long Open(NodeEvent start)
    {
        CheckTag(start);
        if (!start.Anchor.IsEmpty)
        {
            anchors[start.Anchor.Value] = null;
        }

        return nodes - 1;
    }

    private void Keep(NodeEvent start, YamlNode node, long before)
    {
        if (!start.Anchor.IsEmpty)
        {
            anchors[start.Anchor.Value] = (node, nodes - before);
        }
    }

    private bool IsPlain(Scalar scalar)
    {
        CheckTag(scalar);
        return scalar.Tag.IsEmpty
            ? scalar.Style == ScalarStyle.Plain
            : !scalar.Tag.IsNonSpecific && scalar.Tag.Value is not ("!" or "tag:yaml.org,2002:str");
    }

    private void CheckTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific && node.Tag.Value is not "!"
            && !node.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal))
        {
            Fault(node, $"the tag {FoundText.Quote(node.Tag.Value)}", "values without a tag of their own");
        }
    }

    private void SkipCollection()
    {
        var open = 1;
        while (open > 0 && parser.MoveNext())
        {
            open += parser.Current!.NestingIncrease;
        }
    }

    private void NotYaml(int line, string message) => faults.Add(new YamlFault(
        documents.Count + 1, line, $"text that is no YAML ({FoundText.Plain(message)})",
        "YAML; look at indentation, quotes, brackets and tabs on and above this line"));

    private void Fault(ParsingEvent at, string found, string allowed) =>
        faults.Add(new YamlFault(documents.Count + 1, Line(at.Start), found, allowed));

    private static int Line(Mark mark) => (int)Math.Clamp(mark.Line, 1, int.MaxValue);
}
