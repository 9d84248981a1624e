using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Chart.Tests.Images;

/// <summary>The images: what they are made of, and that their steps make programs that start.</summary>
public sealed class DockerfileTests
{
    private static readonly DockerfileText Dockerfile = new(File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile")));

    /// <summary>The programs that are here.</summary>
    public static TheoryData<string> Programs() => [.. new[] { "relay", "operator" }.Where(program => File.Exists(Path.Combine(Repository.Root, program, "Program.cs")))];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Its_steps_as_they_stand_make_a_program_that_starts_as_the_image_starts_it(string program)
    {
        using var folder = new TempFolder();
        var entrypoint = await new ImageBuild(Dockerfile, folder.Path).BuildAsync(program);
        var (code, output, error) = await Command.RunAsync(entrypoint[0], [.. entrypoint[1..], "--version"]);
        Assert.True(code == 0, output + error);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
        Assert.StartsWith(ProjectVersion.Read(), output, StringComparison.Ordinal);
        (code, output, error) = await Command.RunAsync(entrypoint[0], [.. entrypoint[1..], "--help"]);
        Assert.True(code == 0, output + error);
        Assert.Contains("run ", output, StringComparison.Ordinal);
        foreach (var (command, options) in await UsedByTheChartAsync(program))
        {
            (code, output, error) = await Command.RunAsync(entrypoint[0], [.. entrypoint[1..], command, "--help"]);
            Assert.True(code == 0, output + error);
            Assert.All(options, option => Assert.Contains($"{option} ", output, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Base_images_are_arguments_the_SDK_runs_on_the_builders_architecture_and_the_runtime_on_the_targets()
    {
        Assert.Equal("mcr.microsoft.com/dotnet/sdk:10.0", Dockerfile.Arguments["SDK_IMAGE"]);
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", Dockerfile.Arguments["RUNTIME_IMAGE"]);
        foreach (var stage in Dockerfile.Stages.Where(stage => stage.Base.StartsWith('$')))
        {
            Assert.Equal(stage.Base == "${SDK_IMAGE}" ? "$BUILDPLATFORM" : "", stage.Platform);
        }
    }

    [Theory]
    [InlineData("relay")]
    [InlineData("operator")]
    public void A_program_is_compiled_for_the_target_after_a_restore_that_only_project_files_can_spoil(string program)
    {
        var steps = Dockerfile.Chain($"{program}-build").SelectMany(stage => stage.Instructions).ToArray();
        var restore = Array.FindIndex(steps, step => step is { Verb: "RUN" } && step.Rest.StartsWith("dotnet restore", StringComparison.Ordinal));
        var before = steps[..restore].Where(step => step.Verb == "COPY").SelectMany(step => step.Rest.Split(' ')[..^1]);
        Assert.All(before, source => Assert.Matches(@"\.(csproj|props|json|txt|editorconfig)$", source));
        Assert.Contains(steps[..restore], step => step is { Verb: "ARG", Rest: "TARGETARCH" });
        Assert.All(steps.Where(step => step.Verb == "RUN"), step => Assert.Contains("-a $TARGETARCH", step.Rest, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("relay")]
    [InlineData("operator")]
    public void An_image_has_a_user_needs_no_shell_and_says_what_it_is(string target)
    {
        var steps = Dockerfile.Chain(target).SelectMany(stage => stage.Instructions).ToArray();
        Assert.DoesNotContain(steps, step => step.Verb == "RUN");
        Assert.Equal("$APP_UID", steps.Last(step => step.Verb == "USER").Rest);
        Assert.All(steps.Where(step => step.Verb is "ENTRYPOINT" or "CMD"), step => Assert.Matches("""^\[".*"\]$""", step.Rest));
        var labels = steps.Where(step => step.Verb == "LABEL").SelectMany(step => DockerfileText.Pairs(step.Rest)).Select(label => label.Name);
        Assert.Equal(
            ["description", "licenses", "revision", "title", "vendor", "version"],
            labels.Select(label => label.Replace("org.opencontainers.image.", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(steps, step => step.Verb == "ARG" && step.Rest == $"VERSION={ProjectVersion.Read()}");
    }

    /// <summary>The commands of a program that the chart's containers run, with the options that it gives them.</summary>
    private static async Task<IEnumerable<(string Command, IEnumerable<string> Options)>> UsedByTheChartAsync(string program)
    {
        var rendering = await Helm.RenderAsync("namespaces: [mail]");
        var commands = rendering.Objects
            .SelectMany(item => item.Containers)
            .Where(container => Manifest.Text(container["image"]).Contains($"/{program}:", StringComparison.Ordinal))
            .Select(container => Manifest.Texts(container["args"]).ToArray())
            .Select(arguments => (arguments[0], arguments[1..].Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).Select(argument => argument.Split('=')[0])))
            .ToArray();
        Assert.Equal(2, commands.Length);
        return commands;
    }
}
