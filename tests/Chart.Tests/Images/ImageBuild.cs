using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Chart.Tests.Images;

/// <summary>
/// Builds a target of the Dockerfile without a container engine: each stage is a folder, COPY copies into it, RUN runs the
/// command as it stands, in the stage's folder, by the shell that the SDK's image has. Base images are not there: the SDK and
/// the runtime are this machine's.
/// </summary>
internal sealed partial class ImageBuild(DockerfileText dockerfile, string root)
{
    private readonly DockerContext _context = new();
    private readonly HashSet<string> _built = new(StringComparer.Ordinal);

    /// <summary>The command that a container of the target would run, with paths of this machine.</summary>
    public async Task<string[]> BuildAsync(string target)
    {
        await BuildStageAsync(target);
        var entrypoint = dockerfile.The(target).Instructions.Single(instruction => instruction.Verb == "ENTRYPOINT").Rest;
        var words = JsonSerializer.Deserialize<string[]>(entrypoint)!;
        return [Inside(target, words[0]), .. words[1..]];
    }

    private async Task BuildStageAsync(string name)
    {
        if (!_built.Add(name))
        {
            return;
        }

        var folder = "/";
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal) { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false" };
        foreach (var instruction in dockerfile.Chain(name).SelectMany(stage => stage.Instructions))
        {
            switch (instruction.Verb)
            {
                case "ARG":
                    var (argument, value) = DockerfileText.Pair(instruction.Rest);
                    arguments[argument] = argument == "TARGETARCH" ? Architecture : value;
                    break;
                case "WORKDIR":
                    folder = instruction.Rest;
                    Directory.CreateDirectory(Inside(name, folder));
                    break;
                case "COPY" when instruction.Flags.TryGetValue("from", out var from):
                    await BuildStageAsync(from);
                    CopyStage(from, name, folder, instruction.Rest.Split(' '));
                    break;
                case "COPY":
                    CopyContext(name, folder, instruction.Rest.Split(' '));
                    break;
                case "RUN":
                    Assert.DoesNotMatch(AbsolutePath(), instruction.Rest);
                    var (code, output, error) = await Command.RunAsync("/bin/sh", Inside(name, folder), arguments, ["-c", instruction.Rest]);
                    Assert.True(code == 0, $"RUN {instruction.Rest}\n{output}{error}");
                    break;
            }
        }
    }

    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>A path of a stage as one of this machine.</summary>
    private string Inside(string stage, string path) => Path.Combine(root, stage, path.TrimStart('/'));

    private void CopyContext(string stage, string folder, string[] words)
    {
        var target = Path.Combine(Inside(stage, folder), words[^1]);
        foreach (var source in words[..^1])
        {
            var files = _context.Files(source).ToArray();
            Assert.True(files.Length > 0, $"COPY {source}: .dockerignore leaves nothing of it");
            foreach (var file in files)
            {
                // A folder is copied as what is in it.
                var inside = source.EndsWith('/') ? Path.GetRelativePath(source, file) : Path.GetFileName(file);
                Copy(Path.Combine(Repository.Root, file), Path.Combine(target, inside));
            }
        }
    }

    private void CopyStage(string from, string stage, string folder, string[] words)
    {
        var source = Inside(from, words[0]);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            Copy(file, Path.Combine(Inside(stage, folder), words[1], Path.GetRelativePath(source, file)));
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to, overwrite: true);
    }

    // It would be one of this machine, not of the stage.
    [GeneratedRegex(@"(^|[\s=])/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AbsolutePath();
}
