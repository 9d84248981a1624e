using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>A Secret as files. Each is replaced whole.</summary>
internal sealed class MountedSecret(string folder)
{
    private string _version = "";

    /// <summary>Makes the files those of this version.</summary>
    public void Write(JsonObject secret)
    {
        if (secret.ResourceVersion() == _version)
        {
            return;
        }
        _version = secret.ResourceVersion();
        var data = secret["data"] as JsonObject ?? [];
        foreach (var (key, value) in data)
        {
            var next = Path.Combine(folder, $"..{key}");
            File.WriteAllBytes(next, Convert.FromBase64String(value.Text() ?? ""));
            File.Move(next, Path.Combine(folder, key), overwrite: true);
        }
        foreach (var file in Directory.GetFiles(folder).Where(file => !data.ContainsKey(Path.GetFileName(file))))
        {
            File.Delete(file);
        }
    }
}
